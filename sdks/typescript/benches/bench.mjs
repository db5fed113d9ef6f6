// Measures the built package: what loading it costs, how big it is in a bundle, and what a call costs beside a bare `fetch`.
//
// Usage: npm run build && node benches/bench.mjs [rounds]

import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const rounds = Number(process.argv[2] ?? 10);
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "infrai-bench-"));

/** The best and the middle one of some numbers. */
function told(numbers, unit) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return `best ${sorted[0].toFixed(0)} ${unit}, median ${sorted[sorted.length >> 1].toFixed(0)} ${unit}`;
}

/** Milliseconds of CPU that a program says it took when it ends. */
async function loading() {
  const last = `process.on("exit", () => { const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); });\n`;
  const url = (path) => JSON.stringify(pathToFileURL(join(dist, path)).href);
  const programs = {
    "bare.mjs": "",
    "module.mjs": `import ${url("esm/index.node.js")};\n`,
    "bare.cjs": "",
    "common.cjs": `require(${JSON.stringify(join(dist, "cjs/index.node.js"))});\n`,
  };
  const took = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), text + last);
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(programs)) {
      const { stdout } = spawnSync(process.execPath, [join(folder, name)], { encoding: "utf8" });
      took[name].push(Number(stdout));
    }
  }
  for (const [name, numbers] of Object.entries(took)) {
    console.log(`load, CPU, ${name}: ${told(numbers, "ms")}`);
  }
}

/** The size of what a page loads at once that calls one method. */
async function size() {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `import { InfraiClient } from ${JSON.stringify(join(dist, "esm/index.js"))};
export const list = () => new InfraiClient().storage.bucket.list();`,
      resolveDir: folder,
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    outdir: folder,
    write: false,
    metafile: true,
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [join(process.cwd(), path), output]),
  );
  const first = outputFiles.find(({ path }) => path.endsWith("stdin.js"));
  const wanted = new Set([first.path]);
  for (const path of wanted) {
    for (const { path: next, kind } of outputs.get(path)?.imports ?? []) {
      if (kind === "import-statement") {
        wanted.add(join(process.cwd(), next));
      }
    }
  }
  let [plain, zipped] = [0, 0];
  for (const path of wanted) {
    plain += files.get(path).length;
    zipped += gzipSync(files.get(path), { level: 9 }).length;
  }
  console.log(`bundle of one method: ${wanted.size} files, ${plain} bytes, gzipped ${zipped}`);
}

/** CPU of this process for a call; the server's part is in it, the same for both. */
async function calling() {
  const bucket = {
    bucket: "demo",
    vendor: "local",
    region: "here",
    created_at: "2026-01-02T03:04:05Z",
  };
  const body = JSON.stringify({ items: [bucket] });
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const { InfraiClient } = await import(pathToFileURL(join(dist, "esm/index.node.js")).href);
  const client = new InfraiClient({ apiKey: "ifr_pk_proj_bench-0123456789", baseUrl });
  const headers = { accept: "application/json", authorization: "Bearer x" };
  const ways = {
    "bare fetch": async () => (await fetch(`${baseUrl}/v1/storage/buckets`, { headers })).json(),
    "this package": () => client.storage.bucket.list(),
  };
  const took = { "bare fetch": [], "this package": [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, call] of Object.entries(ways)) {
      const before = process.cpuUsage();
      for (let count = 0; count < 300; count++) {
        await call();
      }
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round > 0) {
        took[name].push((user + system) / 300);
      }
    }
  }
  for (const [name, numbers] of Object.entries(took)) {
    console.log(`a call, CPU, ${name}: ${told(numbers, "µs")}`);
  }
  server.close();
  server.closeAllConnections();
}

await loading();
await size();
await calling();
await rm(folder, { recursive: true });
