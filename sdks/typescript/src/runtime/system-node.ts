// The machine where there is a home folder: Node, Deno and Bun.

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { CredentialsText } from "./credentials-file.js";
import { CREDENTIALS_PLACE } from "./names.js";
import { networkFault } from "./network.js";
import { storedConnection } from "./stored.js";
import { CredentialsFault, type CredentialsStore, type System } from "./system.js";
import { webSystem } from "./system-web.js";

/** The real machine. */
export const nodeSystem: System = {
  ...webSystem,
  isBrowser: false,
  // Deno sends every stream in chunks, whatever length is said.
  sendsStreams: !("Deno" in globalThis),
  networkFault,
  get credentials(): CredentialsStore | undefined {
    let home = "";
    try {
      home = homedir();
    } catch {
      // Whoever runs this has none.
    }
    return home === "" ? undefined : credentialsBelow(home);
  },
};

/** The file of keys below a home folder. */
export function credentialsBelow(home: string): CredentialsStore {
  const path = join(home, CREDENTIALS_PLACE);
  const read = async (): Promise<CredentialsText | undefined> => {
    try {
      const { mode } = await stat(path);
      if (process.platform !== "win32" && (mode & 0o077) !== 0) {
        throw new CredentialsFault(`${path} can be read by others: run chmod 600 ${path}`);
      }
      return new CredentialsText(path, await readFile(path, "utf8"));
    } catch (fault) {
      if (isSystemFault(fault, "ENOENT", "ENOTDIR")) {
        return undefined;
      }
      throw fault instanceof CredentialsFault
        ? fault
        : new CredentialsFault(`${path} can't be read: ${systemWords(fault)}`);
    }
  };
  const write: CredentialsStore["write"] = async (profile, values) => {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      const text = ((await read()) ?? new CredentialsText(path, "")).with(profile, values);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (fault) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw fault instanceof CredentialsFault
        ? fault
        : new CredentialsFault(`the key can't be kept in ${path}: ${systemWords(fault)}`);
    }
  };
  const complete: CredentialsStore["complete"] = (...asked) =>
    storedConnection(path, read, ...asked);
  return { path, complete, write };
}

function isSystemFault(fault: unknown, ...codes: string[]): boolean {
  return codes.includes(String((fault as { code?: unknown }).code));
}

function systemWords(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
