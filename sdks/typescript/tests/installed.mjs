// Installs the packed package as a user would, and runs what the documentation page and the README show against a gateway: as
// ES modules, and the page's calls as CommonJS, too.
//
// Usage: GATEWAY=<program> node tests/installed.mjs <tarball>

import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import typescript from "typescript";

const run = promisify(execFile);
const here = new URL(".", import.meta.url);
const folder = await mkdtemp(join(tmpdir(), "infrai-installed-"));
const home = join(folder, "home");
await mkdir(home);

const gateway = spawn(
  process.env.GATEWAY ?? "",
  ["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"],
  {
    env: { HOME: home, INFRAI_GATEWAY_DATA: join(folder, "data") },
    stdio: ["ignore", "pipe", "ignore"],
  },
);
try {
  const url = await new Promise((found, failed) => {
    let said = "";
    gateway.once("exit", (code) => failed(new Error(`the gateway ended with ${code}`)));
    gateway.stdout.on("data", (piece) => {
      said += piece;
      const place = /API +(http:\S+)/.exec(said)?.[1];
      if (place !== undefined) {
        found(place);
      }
    });
  });
  const app = join(folder, "app");
  await mkdir(app);
  await writeFile(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  await run(
    npm,
    ["install", "--offline", "--no-audit", "--no-fund", resolve(process.argv[2] ?? "")],
    { cwd: app },
  );
  const account = async () => {
    const answer = await fetch(`${url}/v1/activate`, { method: "POST" });
    return (await answer.json()).api_key;
  };
  /** Runs TypeScript in the folder of the app, and returns what it prints. */
  const printed = async (name, source, module, key) => {
    const { outputText, diagnostics = [] } = typescript.transpileModule(source, {
      compilerOptions: { module, target: typescript.ScriptTarget.ES2022 },
      reportDiagnostics: true,
    });
    if (diagnostics.length > 0) {
      throw new Error(
        `${name}: ${JSON.stringify(diagnostics.map(({ messageText }) => messageText))}`,
      );
    }
    await writeFile(join(app, name), outputText);
    const env = { PATH: process.env.PATH, HOME: home, INFRAI_BASE_URL: url };
    const { stdout } = await run(process.execPath, [name], {
      cwd: app,
      env: key === undefined ? env : { ...env, INFRAI_API_KEY: key },
    });
    return stdout;
  };

  const calls = await readFile(new URL("installed/calls.ts", here), "utf8");
  const { ESNext, CommonJS } = typescript.ModuleKind;
  // CommonJS has no `await` outside of functions.
  const [head, body] = calls.split("// → client.storage");
  const wrapped = `${head}void (async () => {${body}})();\n`;
  const asModule = await printed("calls.mjs", calls, ESNext, await account());
  const asCommon = await printed("calls.cjs", wrapped, CommonJS, await account());
  const expected =
    /^bucket: user-uploads \| vendor: \S+\n(?:\S+ \S+\n)*user-uploads \S+\nupload url: http:\S+\/uploads\/hello\.txt\ndeleted: true\n$/;
  for (const [form, text] of Object.entries({ asModule, asCommon })) {
    if (!expected.test(text)) {
      throw new Error(`${form} printed:\n${text}`);
    }
  }

  const readme = await readFile(new URL("../README.md", here), "utf8");
  const blocks = [...readme.matchAll(/^```(ts|js)\n([^]*?)^```$/gm)].map(([, , code]) => code);
  if (blocks.length === 0) {
    throw new Error("the README has no blocks");
  }
  await cp(new URL("../README.md", here), join(app, "hello.txt"));
  for (const [at, block] of blocks.entries()) {
    await printed(
      `readme-${at + 1}.mjs`,
      block,
      ESNext,
      block.includes("activate()") ? undefined : await account(),
    );
  }
  console.log(`the page's calls and ${blocks.length} blocks of the README work`);
} finally {
  gateway.kill();
  await rm(folder, { recursive: true, force: true });
}
