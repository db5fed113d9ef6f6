// Installs the packed package as a user would, and runs what the documentation page and the README show against a gateway: as
// ES modules, and the page's calls as CommonJS, too.
//
// Usage: GATEWAY=<program> node tests/installed.mjs <tarball>

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import typescript from "typescript";

import { makeApp, PAGE_PRINTS, pageCalls, readmeBlocks, run } from "./runtimes/app.mjs";
import { startGateway } from "./runtimes/gateway.mjs";

const folder = await mkdtemp(join(tmpdir(), "infrai-installed-"));
const gateway = await startGateway(process.env.GATEWAY ?? "", folder);
try {
  const { url, home, account } = gateway;
  const app = await makeApp(folder, process.argv[2] ?? "");
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

  const calls = await pageCalls();
  const { ESNext, CommonJS } = typescript.ModuleKind;
  // CommonJS has no `await` outside of functions.
  const [head, body] = calls.split("// → client.storage");
  const wrapped = `${head}void (async () => {${body}})();\n`;
  const asModule = await printed("calls.mjs", calls, ESNext, await account());
  const asCommon = await printed("calls.cjs", wrapped, CommonJS, await account());
  for (const [form, text] of Object.entries({ asModule, asCommon })) {
    if (!PAGE_PRINTS.test(text)) {
      throw new Error(`${form} printed:\n${text}`);
    }
  }

  const blocks = await readmeBlocks();
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
  gateway.stop();
  await rm(folder, { recursive: true, force: true });
}
