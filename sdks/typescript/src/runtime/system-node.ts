// The machine where there is a home folder: Node, Deno and Bun.

import { randomUUID } from "node:crypto";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { CredentialsText } from "./credentials-file.js";
import { locked } from "./lock-file.js";
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
      // What is looked at is what is read, whoever replaces it meanwhile.
      const file = await open(path);
      try {
        const { mode } = await file.stat();
        if (process.platform !== "win32" && (mode & 0o077) !== 0) {
          throw new CredentialsFault(`${path} can be read by others: run chmod 600 ${path}`);
        }
        return new CredentialsText(path, textOf(path, await file.readFile()));
      } finally {
        await file.close();
      }
    } catch (fault) {
      if (isSystemFault(fault, "ENOENT", "ENOTDIR")) {
        return undefined;
      }
      throw fault instanceof CredentialsFault
        ? fault
        : new CredentialsFault(`${path} can't be read: ${systemWords(fault)}`);
    }
  };
  const replace = async (text: string): Promise<void> => {
    const target = await realpath(path).catch(() => path);
    const temporary = `${target}.${randomUUID()}.tmp`;
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } catch (fault) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw fault;
    }
  };
  const write: CredentialsStore["write"] = async (profile, former, values) => {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return await locked(`${path}.lock`, async () => {
        const text = (await read()) ?? new CredentialsText(path, "");
        const isFormer = text.profile(profile)?.get("api_key") === former;
        if (isFormer) {
          await replace(text.with(profile, values));
        }
        return isFormer;
      });
    } catch (fault) {
      throw fault instanceof CredentialsFault
        ? fault
        : new CredentialsFault(`the key can't be kept in ${path}: ${systemWords(fault)}`);
    }
  };
  const complete: CredentialsStore["complete"] = (...asked) =>
    storedConnection(path, read, ...asked);
  return { path, complete, write };
}

/** Returns the text of a file. What isn't UTF-8 is not replaced by something else. */
function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CredentialsFault(`${path} can't be read: it is not UTF-8`);
  }
}

function isSystemFault(fault: unknown, ...codes: string[]): boolean {
  return codes.includes(String((fault as { code?: unknown }).code));
}

function systemWords(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
