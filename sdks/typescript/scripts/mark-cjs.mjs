// Says of the CommonJS build that it is one: the package itself is of ES modules.

import { writeFile } from "node:fs/promises";

await writeFile(new URL("../dist/cjs/package.json", import.meta.url), '{ "type": "commonjs" }\n');
