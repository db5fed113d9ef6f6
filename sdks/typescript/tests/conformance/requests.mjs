// Comparing the requests that came with those that a case expects.

import { isPattern } from "./pattern.mjs";

/** What every HTTP client may send by itself. */
const OF_HTTP = [
  "host",
  "connection",
  "accept-encoding",
  "content-length",
  "transfer-encoding",
  "accept-language",
  "sec-fetch-mode",
  "accept",
];

/** Compares all requests of a case. */
export function compareRequests(expected, got, comparison) {
  const all = expected.flatMap((one, at) =>
    Array.from({ length: one.repeat ?? 1 }, () => [`requests[${at}]`, one]),
  );
  if (all.length !== got.length) {
    comparison.wrong(
      "requests",
      all.length,
      got.map(({ to, line }) => `${to} ${line}`),
    );
  }
  all.slice(0, got.length).forEach(([place, one], at) => {
    const letters = new Map(comparison.letters);
    compare(place, one, got[at], comparison);
    if (one.repeat !== undefined) {
      comparison.letters = letters;
    }
  });
}

function compare(place, expected, got, comparison) {
  comparison.text(`${place}.to`, expected.to ?? "server", got.to);
  comparison.text(`${place}.line`, expected.line, got.line);
  const value = (name) => {
    const values = got.headers
      .filter(([own]) => own.toLowerCase() === name)
      .map(([, text]) => text);
    return values.length === 0 ? null : values.join(", ");
  };
  comparison.headers(`${place}.headers`, expected.headers, value);
  if (expected.only_headers) {
    const known = new Set([...OF_HTTP, ...Object.keys(expected.headers ?? {})]);
    const more = got.headers.map(([name]) => name.toLowerCase()).filter((name) => !known.has(name));
    if (more.length > 0) {
      comparison.wrong(`${place}.headers`, "no others", more);
    }
  }
  compareBody(`${place}.body`, expected, got, comparison);
}

function compareBody(place, expected, got, comparison) {
  const body =
    got.body === undefined
      ? undefined
      : Uint8Array.from(atob(got.body), (character) => character.charCodeAt(0));
  const said = () => new TextDecoder().decode(body);
  if (expected.json !== undefined) {
    const text = said();
    try {
      comparison.json(place, expected.json, JSON.parse(text));
    } catch {
      comparison.wrong(place, expected.json, text);
    }
  } else if (expected.text !== undefined) {
    comparison.text(place, expected.text, body && said());
  } else if (expected.body === null) {
    if (body?.length !== 0) {
      comparison.wrong(place, "none", said());
    }
  } else if (expected.pattern !== undefined) {
    const { from, to } =
      typeof expected.pattern === "number" ? { from: 0, to: expected.pattern } : expected.pattern;
    const isSame = body
      ? isPattern(body, to - from, from)
      : from === 0 && got.long_body.pattern && got.long_body.length === to;
    if (!isSame) {
      comparison.wrong(
        place,
        `${to - from} bytes of the pattern`,
        body ? `${body.length} bytes` : got.long_body,
      );
    }
  }
}
