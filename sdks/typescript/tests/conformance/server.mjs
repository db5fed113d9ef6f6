// The scripted server of the vectors, as a program.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts the program, whose control is at the URL that it prints; or takes the control that is there already. */
export async function startServer(program, running) {
  if (running !== undefined) {
    return controlled(running, () => undefined);
  }
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const control = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`the scripted server ended with ${code}`));
    });
  });
  return controlled(control, () => {
    child.stdin.end();
    lines.close();
  });
}

function controlled(control, stop) {
  const ask = async (method, path, body) => {
    const answer = await fetch(control + path, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`the scripted server says ${answer.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    begin: (script) => ask("POST", "/cases", script),
    show: (id) => ask("GET", `/cases/${id}`),
    end: (id) => ask("DELETE", `/cases/${id}`),
    stop,
  };
}
