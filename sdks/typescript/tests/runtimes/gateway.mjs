// A gateway of one's own, with nothing in it.

import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Starts the program on free ports, with its home and its data below the folder. */
export async function startGateway(program, folder) {
  const home = join(folder, "home");
  await mkdir(home);
  const gateway = spawn(
    program,
    ["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"],
    {
      env: { HOME: home, INFRAI_GATEWAY_DATA: join(folder, "data") },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const url = await new Promise((found, failed) => {
    let said = "";
    gateway.once("error", failed);
    gateway.once("exit", (code) => failed(new Error(`the gateway ended with ${code}`)));
    gateway.stdout.on("data", (piece) => {
      said += piece;
      const place = /API +(http:\S+)/.exec(said)?.[1];
      if (place !== undefined) {
        found(place);
      }
    });
  });
  return {
    url,
    home,
    /** Returns the key of a new account. */
    account: async () => {
      const answer = await fetch(`${url}/v1/activate`, { method: "POST" });
      return (await answer.json()).api_key;
    },
    stop: () => gateway.kill(),
  };
}
