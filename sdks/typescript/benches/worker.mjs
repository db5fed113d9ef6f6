// One client in a process of its own: makes calls whenever its parent says so, and tells what one took.
//
// Arguments: the client's module, the server's URL, how many calls to make at a time.

import { API_KEY, CALLS } from "./exchange.mjs";

const [path, baseUrl, count] = process.argv.slice(2);
const module = await import(path);
const client = module.open(baseUrl, API_KEY);

process.on("message", async (name) => {
  const call = CALLS[name];
  const before = process.cpuUsage();
  for (let made = 0; made < Number(count); made++) {
    if (!(await call(client, module))) {
      throw new Error(`${name} gave another answer`);
    }
  }
  const { user, system } = process.cpuUsage(before);
  process.send((user + system) / Number(count));
});
process.on("disconnect", () => process.exit());
process.send("ready");
