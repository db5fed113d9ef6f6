// Several processes may activate at once: no account that one of them goes on with is lost from the file.

import { deepEqual, equal } from "node:assert/strict";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { credentialsBelow, InfraiClient, nodeSystem } from "../../dist/esm/index.node.js";

let accounts = 0;
const fetch = async (url) =>
  new URL(url).pathname === "/v1/activate"
    ? Response.json({ api_key: `ifr_pk_trial_${String(accounts++).padStart(8, "0")}` })
    : Response.json({ items: [] });
const client = (home, profile) =>
  new InfraiClient(
    { fetch },
    {
      ...nodeSystem,
      credentials: credentialsBelow(home),
      variable: (name) => (name === "INFRAI_PROFILE" ? profile : undefined),
    },
  );
const homes = await mkdtemp(join(tmpdir(), "infrai-activated-"));
const homeOf = async (name) => {
  const home = join(homes, name);
  await mkdir(home);
  return home;
};
const text = (home) => readFile(join(home, ".infrai/credentials"), "utf8");

try {
  // Each has its profile.
  const many = await homeOf("many");
  const names = ["p1", "p2", "p3", "p4", "p5", "p6"];
  await Promise.all(names.map((name) => client(many, name).activate()));
  deepEqual(
    [...(await text(many)).matchAll(/^\[(p\d)\]$/gm)].map(([, name]) => name).sort(),
    names,
  );

  // All have one: the first key that is kept is everybody's.
  const one = await homeOf("one");
  const shown = await Promise.all(names.map(() => client(one).activate()));
  const [key] = [.../"(ifr_pk_trial_\d+)"/.exec(await text(one))].slice(1);
  deepEqual([...new Set(shown.map(({ shownKey }) => shownKey.slice(-4)))], [key.slice(-4)]);
  equal(shown.filter(({ kept }) => !kept).length, 1);

  // A lock that a process left behind holds nobody up.
  const left = await homeOf("left");
  await mkdir(join(left, ".infrai"));
  const lock = join(left, ".infrai/credentials.lock");
  await writeFile(lock, "");
  await utimes(lock, new Date(0), new Date(0));
  await client(left).activate();
  deepEqual(await readdir(join(left, ".infrai")), ["credentials"]);

  if (process.platform !== "win32") {
    // The file may be kept elsewhere.
    const linked = await homeOf("linked");
    await mkdir(join(linked, ".infrai"));
    await writeFile(join(linked, "kept"), "# mine\n");
    await chmod(join(linked, "kept"), 0o600);
    await symlink("../kept", join(linked, ".infrai/credentials"));
    await client(linked).activate();
    equal(await readlink(join(linked, ".infrai/credentials")), "../kept");
    equal(/^# mine\n\n\[default\]\n/.test(await readFile(join(linked, "kept"), "utf8")), true);
  }

  // What isn't UTF-8 isn't read as something else.
  const odd = await homeOf("odd");
  await mkdir(join(odd, ".infrai"));
  await writeFile(join(odd, ".infrai/credentials"), Buffer.from([0x23, 0xff]), { mode: 0o600 });
  const error = await client(odd)
    .storage.bucket.list()
    .catch((fault) => fault);
  equal(error.detail, `${join(odd, ".infrai/credentials")} can't be read: it is not UTF-8`);
} finally {
  await rm(homes, { recursive: true });
}
