// Comparing what is with what was to be. Texts may have holes: `{any}`, `{number}`, `{uuid:a}`.

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** What was compared so far. */
export class Comparison {
  /** What was wrong. */
  faults = [];
  /** The UUIDs that letters stand for. */
  letters = new Map();

  /** Notes that something is wrong. */
  wrong(place, expected, got) {
    const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));
    this.faults.push(`${place}\n      expected ${shown(expected)}\n      got      ${shown(got)}`);
  }

  /** Compares texts; `null` and `undefined` are no text. */
  text(place, expected, got) {
    if (expected === null || got === null || got === undefined) {
      if (expected !== (got ?? null)) {
        this.wrong(place, expected, got ?? null);
      }
    } else if (!this.#fits(expected, got)) {
      this.wrong(place, expected, got);
    }
  }

  /** Compares JSON whole. */
  json(place, expected, got) {
    if (typeof expected === "string" && typeof got === "string") {
      this.text(place, expected, got);
    } else if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
      expected.forEach((item, at) => {
        this.json(`${place}[${at}]`, item, got[at]);
      });
    } else if (isObject(expected) && isObject(got)) {
      for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
        if (Object.hasOwn(expected, name) && Object.hasOwn(got, name)) {
          this.json(`${place}.${name}`, expected[name], got[name]);
        } else {
          const [here, there] = Object.hasOwn(expected, name)
            ? [expected[name], "nothing"]
            : ["nothing", got[name]];
          this.wrong(`${place}.${name}`, here, there);
        }
      }
    } else if (expected !== got) {
      this.wrong(place, expected, got);
    }
  }

  /** Compares numbers of seconds. */
  seconds(place, expected, got) {
    if (expected.length !== got.length || expected.some((s, at) => Math.abs(s - got[at]) > 1e-6)) {
      this.wrong(place, expected, got);
    }
  }

  /** Compares the headers that are named. */
  headers(place, expected, value) {
    for (const [name, text] of Object.entries(expected ?? {})) {
      this.text(`${place}.${name}`, text, value(name));
    }
  }

  #fits(template, text) {
    const letters = [];
    const own = new Map();
    const form = template.replace(
      /\{(?:any|number|uuid:(\w))\}|[\\^$.*+?()[\]{}|]/g,
      (part, letter) => {
        if (letter !== undefined) {
          if (own.has(letter)) {
            return `\\${own.get(letter)}`;
          }
          letters.push(letter);
        }
        switch (part) {
          case "{any}":
            return "[^]*?";
          case "{number}":
            return "\\d+(?:\\.\\d+)?";
          default:
            return letter === undefined ? `\\${part}` : `(${UUID})`;
        }
      },
    );
    const found = new RegExp(`^${form}$`).exec(text);
    return (
      found !== null &&
      letters.every((letter, at) => {
        const uuid = found[at + 1];
        const known = this.letters.get(letter);
        const isFree = known === undefined && ![...this.letters.values()].includes(uuid);
        this.letters.set(letter, known ?? uuid);
        return isFree || known === uuid;
      })
    );
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
