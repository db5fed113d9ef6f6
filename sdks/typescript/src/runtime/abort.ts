// Being told when a caller's signal aborts.

/** Who waits for a signal. There is one listener for all of them: runtimes warn of more than ten, as if they had been forgotten. */
class Waiting extends Set<() => void> {
  handleEvent(): void {
    for (const end of this) {
      end();
    }
    this.clear();
  }
}

const waiting = new WeakMap<AbortSignal, Waiting>();

/** Calls `end` once the signal has aborted, unless the returned function was called before. That leaves nothing on the signal. */
export function onAbort(signal: AbortSignal | undefined, end: () => void): () => void {
  if (signal?.aborted) {
    end();
  }
  if (!signal || signal.aborted) {
    return () => undefined;
  }
  const all = waiting.get(signal) ?? new Waiting();
  if (all.size === 0) {
    waiting.set(signal, all);
    signal.addEventListener("abort", all, { once: true });
  }
  // A function of its own, as one may be given twice.
  const own = (): void => {
    end();
  };
  all.add(own);
  return () => {
    all.delete(own);
    if (all.size === 0) {
      signal.removeEventListener("abort", all);
    }
  };
}
