// Runs tasks in a page of Chromium.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";

import { bundle } from "./bundle.mjs";

const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a task may take, in milliseconds. */
const PATIENCE = 120_000;

/** Starts Chromium with a page of ours. Returns what performs a task in it, and what ends it. */
export async function startChromium(program, folder, tests, flags = []) {
  const script = await bundle(join(tests, "runtimes/in-chromium.mjs"), ["browser"]);
  // The page asks for a task, and posts what it saw. Either side may be first.
  const tasks = queue();
  const results = queue();
  const server = createServer(async (request, response) => {
    if (request.url === "/task") {
      response.end(JSON.stringify(await tasks.take()));
    } else if (request.url === "/seen") {
      results.put(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      response.end();
    } else if (request.url === "/page.mjs") {
      response.setHeader("content-type", "text/javascript").end(script);
    } else {
      response
        .setHeader("content-type", "text/html")
        .end('<!doctype html><script type="module" src="/page.mjs"></script>');
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;
  const child = spawn(program, [...QUIET, ...flags, `--user-data-dir=${folder}`, url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (piece) => (said += piece));
  const ended = new Promise((_, failed) => {
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`Chromium ended with ${code}:\n${said}`)));
  });
  ended.catch(() => undefined);
  return {
    perform: (task) => {
      tasks.put(task);
      let timer;
      const late = new Promise((_, failed) => {
        timer = setTimeout(() => failed(new Error(`${task.task}: no end\n${said}`)), PATIENCE);
      });
      return Promise.race([results.take(), ended, late]).finally(() => clearTimeout(timer));
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

/** Things that wait for who takes them, or takers that wait for things. */
function queue() {
  const things = [];
  const takers = [];
  return {
    put: (thing) => (takers.length > 0 ? takers.shift()(thing) : things.push(thing)),
    take: () =>
      things.length > 0
        ? Promise.resolve(things.shift())
        : new Promise((taker) => takers.push(taker)),
  };
}
