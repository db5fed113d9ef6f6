// How long a server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).

/** Returns the wait in milliseconds. One that is zero, past or nonsense counts as absent. */
export function serverWait(headers: Headers, wallClock: number): number | undefined {
  const milliseconds = decimal(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) {
    return milliseconds;
  }
  const told = headers.get("retry-after");
  const seconds = decimal(told);
  if (seconds !== undefined) {
    return seconds * 1000;
  }
  const date = told === null ? Number.NaN : httpDate(told.trim());
  return date > wallClock ? date - wallClock : undefined;
}

/** Digits, perhaps with a point and further digits, of more than zero. */
function decimal(text: string | null): number | undefined {
  const number = text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : 0;
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const TIME = String.raw`(\d\d):(\d\d):(\d\d)`;

/** The three forms of RFC 9110 §5.6.7. */
const FORMS: readonly (readonly [form: RegExp, order: "dmy" | "mdy"])[] = [
  [new RegExp(String.raw`^${DAY}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) ${TIME} GMT$`), "dmy"],
  [
    new RegExp(
      String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) ${TIME} GMT$`,
    ),
    "dmy",
  ],
  [new RegExp(String.raw`^${DAY} ([A-Z][a-z]{2}) ([ \d]\d) ${TIME} (\d{4})$`), "mdy"],
];

/** Returns the moment in milliseconds since 1970, or NaN. */
function httpDate(text: string): number {
  for (const [form, order] of FORMS) {
    const found = form.exec(text);
    if (found === null) {
      continue;
    }
    const [, first = "", second = "", ...rest] = found;
    const [day, month] = order === "dmy" ? [first, second] : [second, first];
    const [year, ...time] = order === "dmy" ? rest : [rest[3], ...rest.slice(0, 3)];
    const at = MONTHS.indexOf(month);
    const [hours = 0, minutes = 0, seconds = 0] = time.map(Number);
    const isDate = at % 3 === 0 && Number(day) >= 1 && Number(day) <= 31;
    return isDate && hours < 24 && minutes < 60 && seconds <= 60
      ? Date.UTC(fullYear(Number(year)), at / 3, Number(day), hours, minutes, seconds)
      : Number.NaN;
  }
  return Number.NaN;
}

/** Of a year in two digits, which century is meant. */
function fullYear(year: number): number {
  return year >= 100 ? year : year + (year < 70 ? 2000 : 1900);
}
