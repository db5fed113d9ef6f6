// An application that has the packed package, as a user installs it.

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);

const README = new URL("../../README.md", import.meta.url);

/** Makes the application below the folder. Returns where it is. */
export async function makeApp(folder, tarball) {
  const app = join(folder, "app");
  await mkdir(app);
  await writeFile(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  await run(npm, ["install", "--offline", "--no-audit", "--no-fund", resolve(tarball)], {
    cwd: app,
  });
  return app;
}

/** The calls of the documentation page, as TypeScript. */
export function pageCalls() {
  return readFile(new URL("../installed/calls.ts", import.meta.url), "utf8");
}

/** What the page's calls print. */
export const PAGE_PRINTS =
  /^bucket: user-uploads \| vendor: \S+\n(?:\S+ \S+\n)*user-uploads \S+\nupload url: http:\S+\/uploads\/hello\.txt\ndeleted: true\n$/;

/** The blocks of code in the README. */
export async function readmeBlocks() {
  const readme = await readFile(README, "utf8");
  const blocks = [...readme.matchAll(/^```(ts|js)\n([^]*?)^```$/gm)].map(([, , code]) => code);
  if (blocks.length === 0) {
    throw new Error("the README has no blocks");
  }
  return blocks;
}
