// What others' generators make of the description: their source in TypeScript.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { INSTALL, run } from "./programs.mjs";

/** What is pinned. */
export const VERSIONS = {
  "@hey-api/openapi-ts": "0.99.0",
  typescript: "5.9.3", // What hey-api's generator runs on.
  "openapi-generator-cli": "7.26.0", // From PyPI: it brings the jar.
};

const SPEC = fileURLToPath(new URL("../../../openapi/storage.yaml", import.meta.url));

/** Generates hey-api's client, with its own client over `fetch`. Returns the folder of its source. */
export async function heyApi(folder) {
  const tools = join(folder, "tools/npm");
  const path = join(folder, "generated/hey-api");
  if (!existsSync(tools)) {
    await mkdir(tools, { recursive: true });
    await writeFile(join(tools, "package.json"), '{ "private": true }\n');
    run("npm", [...INSTALL, ...pinned("@", "@hey-api/openapi-ts", "typescript")], { cwd: tools });
  }
  const config = { input: SPEC, output: { path, module: { extension: ".js" } } };
  await writeFile(join(tools, "config.mjs"), `export default ${JSON.stringify(config)};\n`);
  const program = join(tools, "node_modules/@hey-api/openapi-ts/bin/run.js");
  const words = [program, "--file", join(tools, "config.mjs"), "--silent", "--no-log-file"];
  run(process.execPath, words, { cwd: tools });
  return path;
}

/** Generates openapi-generator's client, `typescript-fetch`. Returns the folder of its source. */
export async function openapiGenerator(folder) {
  const tools = join(folder, "tools/python");
  const path = join(folder, "generated/openapi-generator");
  if (!existsSync(tools)) {
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const where = ["--root-user-action=ignore", "--target", tools];
    run("python3", [...pip, ...where, ...pinned("==", "openapi-generator-cli")]);
  }
  const words = ["generate", "-i", SPEC, "-g", "typescript-fetch", "-o", path];
  const options = "--additional-properties=supportsES6=true,importFileExtension=.js";
  run(join(tools, "bin/openapi-generator-cli"), [...words, options], {
    env: { ...process.env, PYTHONPATH: tools },
  });
  return path;
}

function pinned(sign, ...names) {
  return names.map((name) => name + sign + VERSIONS[name]);
}
