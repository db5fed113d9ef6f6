// The page: it asks for one task after the other, and says what it saw.

import { perform } from "./on-web.mjs";

for (;;) {
  const task = await (await fetch("/task")).json();
  await fetch("/seen", { method: "POST", body: JSON.stringify(await perform(task)) });
}
