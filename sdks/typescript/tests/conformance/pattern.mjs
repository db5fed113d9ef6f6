// The bytes of transfers: byte i is i mod 251.

/** Returns the bytes from one place to before another. */
export function pattern(to, from = 0) {
  return Uint8Array.from({ length: to - from }, (_, at) => (from + at) % 251);
}

/** Whether these are so many bytes of the pattern. */
export function isPattern(bytes, length, from = 0) {
  return bytes.length === length && bytes.every((byte, at) => byte === (from + at) % 251);
}
