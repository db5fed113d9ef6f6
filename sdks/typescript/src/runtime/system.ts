// What a client takes from the machine it runs on, behind one interface, so that tests can say what time it is and see every
// wait without waiting.

import type { Connection, Given } from "./connection.js";
import type { Failed } from "./retry.js";

/** The machine. */
export interface System {
  /** Whether this is a page or a worker of a browser, where whoever uses the page can read all that it holds. */
  readonly isBrowser: boolean;
  /** Whether `fetch` sends a stream as a body whose length is said beforehand. Where not, bodies are sent whole. */
  readonly sendsStreams: boolean;
  /** Where keys are kept, if there is a home folder. */
  readonly credentials?: CredentialsStore | undefined;
  /** Returns an environment variable. One that is empty counts as unset. */
  variable(name: string): string | undefined;
  /** Returns the milliseconds since some moment in the past. They never go back. */
  now(): number;
  /** Returns the milliseconds since 1970. */
  wallClock(): number;
  /** Waits so many milliseconds, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  /** Returns a random number, at least 0 and less than 1. */
  random(): number;
  /** Writes a line for people to read. */
  log(line: string): void;
  /** Says why a `fetch` failed, of which errors and their causes say these words. */
  networkFault(words: readonly string[]): NetworkFault;
}

/** Why there is no answer. */
export interface NetworkFault {
  readonly failed: Failed;
  /** Why no connection was made; absent where one broke, or nobody can tell. */
  readonly unconnected?: string;
  /** Whether connecting took too long for the runtime. */
  readonly timedOut?: true;
}

/** Where keys are kept. */
export interface CredentialsStore {
  /** Where that is, for people. */
  readonly path: string;
  /**
   * Returns what is known, with what it lacks from here.
   *
   * @param profile - The one that the environment names.
   * @param needsProfile - Whether that must be there.
   */
  complete(
    known: Given,
    profile: string | undefined,
    operation: string,
    needsProfile: boolean,
  ): Promise<Connection>;
  /**
   * Sets values of a profile, whole or not at all. All else stays as it is. Returns whether it did: not so if the profile's key is
   * no more the former one, as another process has written it meanwhile.
   */
  write(
    profile: string,
    former: string | undefined,
    values: readonly (readonly [string, string])[],
  ): Promise<boolean>;
}

/** Why the file can't be used, for people. */
export class CredentialsFault extends Error {}
