// What a call costs: CPU, user and system, of the client's process. The server is another process.

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { CALLS } from "./exchange.mjs";
import { byTurns, median, medianRatio } from "./turns.mjs";

const ROUNDS = { rounds: 100, warmUp: 20 };
const CALLS_A_TURN = 50;

/** Returns what each call of each client takes, by `<client> <call>`: microseconds, and how often that of plain `fetch`. */
export async function callCpu(folder, clients) {
  const children = [];
  const start = async (name, ...words) => {
    const child = fork(fileURLToPath(new URL(name, import.meta.url)), words.map(String));
    children.push(child);
    return { child, told: await heard(child) };
  };
  try {
    const { told: baseUrl } = await start("server.mjs");
    const measures = {};
    for (const client of clients) {
      const { href } = pathToFileURL(join(folder, "clients", `${client}.mjs`));
      const { child } = await start("worker.mjs", href, baseUrl, CALLS_A_TURN);
      for (const call of Object.keys(CALLS)) {
        measures[`${client} ${call}`] = () => {
          child.send(call);
          return heard(child);
        };
      }
    }
    const seen = await byTurns(measures, ROUNDS);
    return Object.fromEntries(
      Object.entries(seen).map(([name, numbers]) => {
        const plain = seen[`fetch ${name.split(" ")[1]}`];
        return [name, { time: median(numbers), ratio: medianRatio(numbers, plain) }];
      }),
    );
  } finally {
    children.forEach((child) => child.kill());
  }
}

/** Waits for what a child says next. */
function heard(child) {
  return new Promise((resolve, reject) => {
    const failed = (code) => reject(new Error(`${child.spawnargs.join(" ")} ended with ${code}`));
    child.once("exit", failed);
    child.once("message", (message) => {
      child.off("exit", failed);
      resolve(message);
    });
  });
}
