// The machine of a case: its variables, its home folder, its clock, its randomness. Waits take no time and are noted.

/** Makes the machine of a case from the real one. */
export function machine(one, credentials, real) {
  const { environment = {}, random = [0], now = "2026-01-02T03:04:05Z" } = one;
  let skipped = 0;
  let drawn = 0;
  const waits = [];
  const lines = [];
  return {
    lines,
    takeWaits: () => waits.splice(0),
    system: {
      ...real,
      credentials,
      variable: (name) => environment[name] || undefined,
      now: () => performance.now() + skipped,
      wallClock: () => Date.parse(now) + skipped,
      sleep: async (milliseconds) => {
        waits.push(milliseconds / 1000);
        skipped += milliseconds;
      },
      random: () => random[Math.min(drawn++, random.length - 1)],
      log: (line) => lines.push(line),
    },
  };
}
