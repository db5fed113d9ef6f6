// Makes the folder in which all is measured: this package, installed as users have it, and beside it, as packages too, what others'
// generators make of the same description.

import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { heyApi, openapiGenerator } from "./generators.mjs";
import { INSTALL, isThere, run } from "./programs.mjs";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** Installs and generates everything. Returns of how many packages each client is, itself included. */
export async function prepare(folder) {
  await mkdir(folder, { recursive: true });
  await cp(new URL("clients", import.meta.url), join(folder, "clients"), { recursive: true });
  const packages = { fetch: 0, "fetch-alike": 0 };
  packages.infrai = await installOurs(folder);
  packages["hey-api"] = await asPackage(folder, "hey-api", await heyApi(folder));
  const lacking = ["java", "python3"].filter((program) => !isThere(program));
  if (lacking.length === 0) {
    const source = await openapiGenerator(folder);
    packages["openapi-generator"] = await asPackage(folder, "openapi-generator", source);
  } else {
    console.log(`openapi-generator is left out: there is no ${lacking.join(", no ")}\n`);
  }
  return packages;
}

/** Installs this package from a tarball, with nothing else in the folder. Returns how many packages came. */
async function installOurs(folder) {
  if (!existsSync(join(PACKAGE, "dist"))) {
    throw new Error("there is nothing to measure yet: npm run build");
  }
  await rm(join(folder, "node_modules"), { recursive: true, force: true });
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const tarball = run("npm", pack, { cwd: PACKAGE }).trim();
  run("npm", [...INSTALL, "--no-package-lock", join(folder, tarball)], { cwd: folder });
  const installed = await readFile(join(folder, "node_modules/.package-lock.json"), "utf8");
  return Object.keys(JSON.parse(installed).packages).length;
}

/**
 * Compiles generated source to a package `<client>-client`, whose files may be left out of bundles as those of ours. Returns how many
 * packages that is: one, as it finds no others where it stands.
 */
async function asPackage(folder, client, source) {
  const name = `${client}-client`;
  const outdir = join(folder, "node_modules", name);
  const files = await readdir(source, { recursive: true });
  await build({
    entryPoints: files.filter((file) => file.endsWith(".ts")).map((file) => join(source, file)),
    outbase: source,
    outdir,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  const exports = { ".": "./index.js", "./*": "./*" };
  const about = { name, type: "module", sideEffects: false, exports };
  await writeFile(join(outdir, "package.json"), JSON.stringify(about));
  return 1;
}
