// The scripted server of the vectors, as a program.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts the program, or takes the one that runs: its control is at `url`. */
export async function startServer(program, running) {
  if (running !== undefined) {
    return { url: running, stop: () => undefined };
  }
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`the scripted server ended with ${code}`));
    });
  });
  const stop = () => {
    child.stdin.end();
    lines.close();
  };
  return { url, stop };
}
