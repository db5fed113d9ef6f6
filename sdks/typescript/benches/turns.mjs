// How all is measured: by turns, and each with what had its turn in the same round, so that a busy machine hurts all alike.

/** Runs each measure once a round, forth and back. Returns the numbers of each; what the first rounds gave is dropped. */
export async function byTurns(measures, { rounds, warmUp }) {
  const seen = Object.fromEntries(Object.keys(measures).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    const turns = Object.entries(measures);
    for (const [name, measure] of round % 2 === 0 ? turns : turns.toReversed()) {
      const number = await measure();
      if (round >= 0) {
        seen[name].push(number);
      }
    }
  }
  return seen;
}

/** Returns the middle one of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Returns the middle one of the differences to the other numbers, round by round. */
export function medianBeyond(numbers, others) {
  return median(numbers.map((number, round) => number - others[round]));
}

/** Returns the middle one of the ratios to the other numbers, round by round. */
export function medianRatio(numbers, others) {
  return median(numbers.map((number, round) => number / others[round]));
}
