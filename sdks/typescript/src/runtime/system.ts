// What a client takes from the machine it runs on, behind one interface, so that tests can say what time it is and see every
// wait without waiting.

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
}

/** The file of keys. */
export interface CredentialsStore {
  /** Where it is, for people. */
  readonly path: string;
  /** Reads the file. Rejects with a text for people if it can't be used. */
  read(): Promise<CredentialsFile | undefined>;
}

/** The file as it was read, or one that isn't there yet. */
export interface CredentialsFile {
  /** Returns the values of a profile. */
  profile(name: string): ReadonlyMap<string, string> | undefined;
}

/** A store that can be written. */
export interface WritableCredentials extends CredentialsStore {
  /** Sets values of a profile, whole or not at all. All else stays as it is. */
  write(profile: string, values: readonly (readonly [string, string])[]): Promise<void>;
}

/** Why the file can't be used, for people. */
export class CredentialsFault extends Error {}
