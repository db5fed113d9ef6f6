// What is run in runtimes that have files, and run TypeScript as it is: Deno and Bun.

import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { PAGE_PRINTS, pageCalls, readmeBlocks, run } from "./app.mjs";

const CONFORMANCE = fileURLToPath(new URL("../conformance.mjs", import.meta.url));

/** Runs all in Deno, and checks its types. Returns whether all is well. */
export async function deno(places, wanted) {
  const shown = await written(places.app);
  const names = shown.map(({ name }) => name);
  await run(places.program, ["check", ...names], { cwd: places.app, env: variables(places) });
  console.log(`deno check: ${names.length} files`);
  return all({ ...places, words: ["run", "-A"] }, shown, wanted);
}

/** Runs all in Bun. Returns whether all is well. */
export async function bun(places, wanted) {
  return all({ ...places, words: ["run"] }, await written(places.app), wanted);
}

/** Writes the page's calls and the README's blocks into the application. */
async function written(app) {
  const sources = [await pageCalls(), ...(await readmeBlocks())];
  const files = sources.map((source, at) => ({
    name: at === 0 ? "calls.ts" : `readme-${at}.ts`,
    source,
  }));
  await Promise.all(files.map(({ name, source }) => writeFile(join(app, name), source)));
  return files;
}

/** The environment of every program: it has nothing of this machine's user, and asks nobody for news of itself. */
function variables({ gateway }) {
  return {
    PATH: process.env.PATH,
    HOME: gateway.home,
    NO_COLOR: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
}

async function all(places, shown, wanted) {
  const { program, words, app, tests, gateway, control } = places;
  const { url } = gateway;
  const base = variables(places);
  const printed = async (name, own, ...rest) => {
    const env = { ...base, INFRAI_BASE_URL: url, ...own };
    const { stdout } = await run(program, [...words, name, ...rest], { cwd: app, env });
    return stdout;
  };
  for (const { name, source } of shown) {
    // The one with `activate()` gets a key by itself.
    const own = source.includes("activate()") ? {} : { INFRAI_API_KEY: await gateway.account() };
    const text = await printed(name, own);
    if (name === "calls.ts" && !PAGE_PRINTS.test(text)) {
      throw new Error(`${name} printed:\n${text}`);
    }
  }
  console.log(`the page's calls and ${shown.length - 1} blocks of the README work`);
  const keys = { calls: await gateway.account(), transfers: await gateway.account() };
  await printed(join(tests, "runtimes/in-files.mjs"), {}, JSON.stringify({ url, ...keys }));
  console.log("calls and transfers work");
  const env = { ...base, CONFORMANCE_CONTROL: control };
  if (process.env.CONFORMANCE_VECTORS !== undefined) {
    env.CONFORMANCE_VECTORS = process.env.CONFORMANCE_VECTORS;
  }
  const child = spawn(program, [...words, CONFORMANCE, wanted], { env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}
