// The credentials file's text: profiles with values, in the part of TOML that is tables and basic strings.
//
// So small a language is read here, and not by a package, as clients in all languages read the same file. Everything else that
// TOML has is refused with its line rather than misunderstood.

import { CredentialsFault } from "./system.js";

/** A table of the file. */
interface Profile {
  /** The line of its header, counted from 0. */
  readonly line: number;
  readonly values: Map<string, string>;
  /** Where each value stands. */
  readonly places: Map<string, Place>;
}

/** Where a value stands, quotes included, and its name. */
interface Place {
  readonly line: number;
  readonly nameFrom: number;
  readonly nameTo: number;
  readonly from: number;
  readonly to: number;
}

/** The text of a file and what it says. */
export class CredentialsText {
  readonly #text: string;
  readonly #profiles: ReadonlyMap<string, Profile>;

  /** Reads the text of the file at `path`, which faults name. */
  constructor(path: string, text: string) {
    this.#text = text;
    this.#profiles = read(path, text);
  }

  /** Returns the values of a profile. */
  profile(name: string): ReadonlyMap<string, string> | undefined {
    return this.#profiles.get(name)?.values;
  }

  /** Returns the text with these values in a profile, and all else as it is. */
  with(name: string, values: readonly (readonly [string, string])[]): string {
    const profile = this.#profiles.get(name);
    if (profile === undefined) {
      const before = this.#text === "" ? "" : `${this.#text.replace(/\r?\n$/, "")}\n\n`;
      const header = new RegExp(`^${BARE}$`).test(name) ? `[${name}]` : `[${quoted(name)}]`;
      return `${before}${header}\n${values.map(assignment).join("\n")}\n`;
    }
    const lines = this.#text.split("\n");
    let last = profile.line;
    const missing: string[] = [];
    for (const value of values) {
      const place = profile.places.get(value[0]);
      const line = place && lines[place.line];
      if (place === undefined || line === undefined) {
        missing.push(assignment(value));
      } else {
        const { nameFrom, nameTo, from, to } = place;
        const between = line.slice(nameTo, from);
        lines[place.line] =
          line.slice(0, nameFrom) + value[0] + between + quoted(value[1]) + line.slice(to);
        last = place.line;
      }
    }
    lines.splice(last + 1, 0, ...missing);
    return lines.join("\n").replace(/\n?$/, "\n");
  }
}

function assignment([name, value]: readonly [string, string]): string {
  return `${name} = ${quoted(value)}`;
}

/** Returns a text as a basic string. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&");
  const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, "0");
  return `"${escaped.replace(/[\0-\x1f\x7f]/g, (character) => `\\u${hex(character)}`)}"`;
}

const BARE = "[A-Za-z0-9_-]+";

/** Reads the tables. A fault names its line, counted from 1, and never repeats it: it may hold a key. */
function read(path: string, text: string): Map<string, Profile> {
  const profiles = new Map<string, Profile>();
  let current: Profile | undefined;
  for (const [number, whole] of text.split("\n").entries()) {
    const line: Line = new Line(whole.replace(/\r$/, ""), `${path}, line ${number + 1}`);
    line.skip();
    if (line.atEnd()) {
      continue;
    }
    if (line.take("[")) {
      line.skip();
      const name = line.name() ?? line.fail("this is not a table's name");
      line.skip();
      if (!line.take("]")) {
        line.fail("a table's name ends with `]`");
      }
      line.end("nothing but a comment may follow a table's name");
      if (profiles.has(name)) {
        line.fail("this table stands here twice");
      }
      current = { line: number, values: new Map(), places: new Map() };
      profiles.set(name, current);
      continue;
    }
    const nameFrom = line.at;
    const name = line.name() ?? line.fail('this is neither a table nor `name = "text"`');
    const nameTo = line.at;
    line.skip();
    if (!line.take("=")) {
      line.fail("a `=` follows a name");
    }
    line.skip();
    const from = line.at;
    const value =
      line.basicString() ??
      line.fail("a value is a text in double quotes, with the escapes of TOML");
    const to = line.at;
    line.end("nothing but a comment may follow a value");
    if (current === undefined) {
      line.fail("a table such as `[default]` comes first");
    }
    if (current.values.has(name)) {
      line.fail("this name stands twice in its table");
    }
    current.values.set(name, value);
    current.places.set(name, { line: number, nameFrom, nameTo, from, to });
  }
  return profiles;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["f", "\f"],
  ["r", "\r"],
  ['"', '"'],
  ["\\", "\\"],
]);

/** A line that is read from its beginning on. */
class Line {
  readonly #text: string;
  readonly #place: string;
  /** How far it was read. */
  at = 0;

  constructor(text: string, place: string) {
    this.#text = text;
    this.#place = place;
  }

  fail: (why: string) => never = (why) => {
    throw new CredentialsFault(`${this.#place}: ${why}`);
  };

  /** Passes over spaces and tabs. */
  skip(): void {
    this.#match(/[ \t]*/y);
  }

  /** Passes over a character, if it is the next one. */
  take(character: string): boolean {
    const isNext = this.#text.startsWith(character, this.at);
    this.at += isNext ? character.length : 0;
    return isNext;
  }

  /** Whether nothing but a comment follows. */
  atEnd(): boolean {
    return this.at === this.#text.length || this.#text[this.at] === "#";
  }

  /** Fails unless nothing but a comment follows. */
  end(why: string): void {
    this.skip();
    if (!this.atEnd()) {
      this.fail(why);
    }
  }

  /** Reads a name, bare or in quotes. */
  name(): string | undefined {
    return this.#text[this.at] === '"' ? this.basicString() : this.#match(new RegExp(BARE, "y"));
  }

  /** Reads a basic string (TOML 1.0). */
  basicString(): string | undefined {
    const inner = this.#match(/"(?:[^"\\\0-\x08\x0a-\x1f\x7f]|\\.)*"/y)?.slice(1, -1);
    let isLegal = inner !== undefined;
    const value = inner?.replace(
      /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g,
      (_, short?: string, long?: string, escape?: string) => {
        const hex = short ?? long;
        const meant =
          hex === undefined ? ESCAPES.get(escape ?? "") : character(Number.parseInt(hex, 16));
        isLegal &&= meant !== undefined;
        return meant ?? "";
      },
    );
    return isLegal ? value : undefined;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

function character(code: number): string | undefined {
  const isOne = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isOne ? String.fromCodePoint(code) : undefined;
}
