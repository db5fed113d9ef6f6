// What this package may cost.

// Bytes, milliseconds, and packages installed.
const BIGGEST_BUNDLE = 8192;
const LONGEST_LOAD = 16;
const MOST_PACKAGES = 1;

/** Prints each budget and whether it is met. Returns how many are missed. */
export function missedBudgets({ packages, sizes, loads }) {
  const budgets = [
    ["bundle of one method, gzipped bytes", sizes.infrai.gzipped, BIGGEST_BUNDLE],
    ["load as ES modules, ms", loads.infrai.typical, LONGEST_LOAD],
    ["load as CommonJS, ms", loads["infrai required"].typical, LONGEST_LOAD],
    ["packages", packages.infrai, MOST_PACKAGES],
  ];
  for (const [what, number, most] of budgets) {
    const told = Number(number.toFixed(1));
    console.log(`budget: ${what}: ${told}, at most ${most}: ${number <= most ? "met" : "missed"}`);
  }
  return budgets.filter(([, number, most]) => number > most).length;
}
