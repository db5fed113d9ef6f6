// UUIDs, and bytes as text and as JSON.

/** Returns a random UUID (RFC 9562 §5.4). */
export function uuid(): string {
  return (crypto as Partial<Crypto>).randomUUID?.() ?? ownUuid();
}

/** The same in pages over plain HTTP, where the platform has none. */
function ownUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// A byte order mark does not belong to JSON, and bytes that aren't UTF-8 are not replaced.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder();

/** Returns the value of a JSON text, or `undefined` if it is none. */
export function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(strict.decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

/** Returns bytes as text, whatever they are. */
export function looseText(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** Returns pieces as one. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
