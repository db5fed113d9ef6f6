// Removes what was built, so that no declaration of a file that is gone is packed.

import { rm } from "node:fs/promises";

await rm(new URL("../dist", import.meta.url), { recursive: true, force: true });
