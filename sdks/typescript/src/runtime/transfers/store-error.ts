// What a store says went wrong: S3's `<Error>`, as far as it is asked for.

/** A store's error. */
export interface StoreError {
  readonly Code?: string;
  readonly Message?: string;
  readonly RequestId?: string;
}

/** A piece of XML: a comment, an instruction, quoted text, an end, a beginning, or text. */
const PIECE =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<\/([^\s>]+)\s*>|<([^\s/>!?][^\s/>]*)(?:[\s/][^>]*?)?(\/?)>|([^<]+)/y;

/** Reads the body of an error; nothing, if it is something else, or ends before its end. */
export function readStoreError(body: string): StoreError {
  const found: Record<string, string> = {};
  const open: string[] = [];
  let text = "";
  const piece = new RegExp(PIECE);
  const whole = body.replace(/^\uFEFF/, "");
  for (let next = piece.exec(whole); next !== null; next = piece.exec(whole)) {
    const [, quoted, end, begin, isEmpty, plain] = next;
    if (begin !== undefined) {
      if (open.length === 0 && begin !== "Error") {
        return {};
      }
      if (isEmpty === "") {
        open.push(begin);
      }
      text = "";
    } else if (end !== undefined) {
      if (open.pop() !== end) {
        return {};
      }
      if (open.length === 0) {
        return found;
      }
      if (open.length === 1 && text.trim() !== "") {
        found[end] = text.trim();
      }
      text = "";
    } else {
      text += quoted ?? (plain === undefined ? "" : withoutEntities(plain));
    }
  }
  return {};
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

function withoutEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(\w+));/g,
    (whole, hex, digits, name) => {
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex as string, 16);
      if (name !== undefined) {
        return ENTITIES.get(name as string) ?? (whole as string);
      }
      return code <= 0x10ffff ? String.fromCodePoint(code) : (whole as string);
    },
  );
}
