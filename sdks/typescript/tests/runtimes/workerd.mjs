// Runs tasks in workerd.

import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { bundle } from "./bundle.mjs";

/** Loopback may be called, and whoever is trusted by browsers. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-10-01",
      globalOutbound = "net",
    )),
    (name = "net", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/** Starts workerd. Returns what performs a task in it, and what ends it. */
export async function startWorkerd(program, folder, tests) {
  const entry = join(tests, "runtimes/in-workerd.mjs");
  await writeFile(
    join(folder, "worker.mjs"),
    await bundle(entry, ["workerd", "worker", "browser"]),
  );
  const config = join(folder, "config.capnp");
  await writeFile(config, CONFIG);
  // It tells on descriptor 3 where it listens.
  const child = spawn(program, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  // It says much of connections that are meant to break.
  let complaints = "";
  child.stderr.on("data", (piece) => (complaints += piece));
  const port = await new Promise((found, failed) => {
    let said = "";
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`workerd ended with ${code}:\n${complaints}`)));
    child.stdio[3].on("data", (piece) => {
      said += piece;
      const place = /"port":(\d+)/.exec(said)?.[1];
      if (place !== undefined) {
        found(place);
      }
    });
  });
  return {
    perform: async (task) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        body: JSON.stringify(task),
      });
      return answer.json();
    },
    stop: () => child.kill(),
  };
}
