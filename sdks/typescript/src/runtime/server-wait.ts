// How long a server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).

/** Returns the wait in milliseconds. One that is zero, past or nonsense counts as absent. */
export function serverWait(headers: Headers, wallClock: number): number | undefined {
  const told = text(headers, "retry-after");
  const waits = [
    decimal(text(headers, "retry-after-ms")),
    decimal(told) * 1000,
    httpDate(told) - wallClock,
  ];
  return waits.find((wait) => wait > 0 && wait < Infinity);
}

/** Not every `fetch` takes the spaces off. */
function text(headers: Headers, name: string): string {
  return (headers.get(name) ?? "").trim();
}

/** Returns a number of digits, perhaps with a point and further digits. */
function decimal(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
}

/** Returns the milliseconds since 1970 of a date in one of the three forms of RFC 9110 §5.6.7. */
function httpDate(text: string): number {
  // The two old forms are written as the one that every runtime's `Date` reads.
  const date = text
    .replace(
      /^(\w{3})[a-z]*day, (\d\d)-(\w{3})-(\d\d) /,
      (_, weekday: string, day: string, month: string, year: string) =>
        `${weekday}, ${day} ${month} ${Number(year) < 70 ? 20 : 19}${year} `,
    )
    .replace(/^(\w{3}) (\w{3}) ([ \d]\d) ([\d:]{8}) (\d{4})$/, "$1, $3 $2 $5 $4 GMT");
  const form = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ \d]\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
  const found = new Date(form.test(date) ? date : NaN);
  // Of a day that no month has, `Date` makes one of the next.
  return found.getUTCDate() === Number(date.slice(5, 7)) ? found.getTime() : NaN;
}
