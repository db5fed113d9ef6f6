// The server of the measured calls, a process of its own. Tells its parent where it listens. What is not as it should be is refused, so
// that no client is quicker for sending less than is needed.

import { createServer } from "node:http";

import { ANSWERS, API_KEY, OBJECT } from "./exchange.mjs";

const { method, expires_seconds } = OBJECT;
const wanted = { GET: "", POST: JSON.stringify({ method, expires_seconds }) };

const server = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) {
    body += piece;
  }
  const answer = ANSWERS[`${request.method} ${request.url}`];
  const isRight =
    request.headers.authorization === `Bearer ${API_KEY}` && body === wanted[request.method];
  response.writeHead(isRight && answer !== undefined ? 200 : 400, {
    "content-type": "application/json",
  });
  response.end(answer);
});
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
process.on("disconnect", () => process.exit());
