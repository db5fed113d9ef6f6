// CRC-64/NVME, the checksum that S3 stores tell of whole objects. JavaScript's numbers hold 32 bits well, so there are two of them.

/** The polynomial, its bits reversed. */
const HIGH = 0x9a6c9329;
const LOW = 0xac4bc9b5;

/** Eight tables of 256 remainders, the high halves and the low ones. Made when they are needed first. */
let tables: { readonly high: Uint32Array; readonly low: Uint32Array } | undefined;

function makeTables(): NonNullable<typeof tables> {
  const high = new Uint32Array(8 * 256);
  const low = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) === 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) {
        h ^= HIGH;
        l ^= LOW;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < 8 * 256; at++) {
    const [h, l] = [entry(high, at - 256), entry(low, at - 256)];
    high[at] = (h >>> 8) ^ entry(high, l & 0xff);
    low[at] = ((l >>> 8) | (h << 24)) ^ entry(low, l & 0xff);
  }
  return { high, low };
}

/** An entry that is there. */
function entry(table: Uint32Array, at: number): number {
  return table[at] as number;
}

/** The checksum of bytes that come one after the other. */
export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;

  /** Adds bytes: eight at a time, each through a table of its own. */
  update(bytes: Uint8Array): void {
    const { high, low } = (tables ??= makeTables());
    let [h, l] = [this.#high, this.#low];
    let at = 0;
    for (const end = bytes.length - 7; at < end; at += 8) {
      l ^=
        at8(bytes, at) |
        (at8(bytes, at + 1) << 8) |
        (at8(bytes, at + 2) << 16) |
        (at8(bytes, at + 3) << 24);
      h ^=
        at8(bytes, at + 4) |
        (at8(bytes, at + 5) << 8) |
        (at8(bytes, at + 6) << 16) |
        (at8(bytes, at + 7) << 24);
      const [a, b, c, d] = [
        1792 + (l & 0xff),
        1536 + ((l >>> 8) & 0xff),
        1280 + ((l >>> 16) & 0xff),
        1024 + (l >>> 24),
      ];
      const [e, f, g, i] = [
        768 + (h & 0xff),
        512 + ((h >>> 8) & 0xff),
        256 + ((h >>> 16) & 0xff),
        h >>> 24,
      ];
      h =
        entry(high, a) ^
        entry(high, b) ^
        entry(high, c) ^
        entry(high, d) ^
        entry(high, e) ^
        entry(high, f) ^
        entry(high, g) ^
        entry(high, i);
      l =
        entry(low, a) ^
        entry(low, b) ^
        entry(low, c) ^
        entry(low, d) ^
        entry(low, e) ^
        entry(low, f) ^
        entry(low, g) ^
        entry(low, i);
    }
    for (; at < bytes.length; at++) {
      const index = (l ^ at8(bytes, at)) & 0xff;
      l = ((l >>> 8) | (h << 24)) ^ entry(low, index);
      h = (h >>> 8) ^ entry(high, index);
    }
    this.#high = h;
    this.#low = l;
  }

  /** Returns the checksum as stores write it: 8 bytes, the highest first, in base64. */
  text(): string {
    const bytes = [~this.#high, ~this.#low].flatMap((half) =>
      [24, 16, 8, 0].map((shift) => (half >>> shift) & 0xff),
    );
    return btoa(String.fromCharCode(...bytes));
  }
}

function at8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
