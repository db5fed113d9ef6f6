// Whether an answer is as documented. The value is kept as it came: nothing is made up, changed or left out.

/** A plain type, by the name that errors have for it. `any` is not checked at all. */
export type Plain = "string" | "integer" | "number" | "boolean" | "any";

/** What a value must be. A function gives a shape that is defined further below, or that holds itself. */
export type Shape =
  | Plain
  | ObjectShape
  | { readonly items: Shape }
  | { readonly values: Shape }
  | { readonly nullable: Shape }
  | { readonly tag: string; readonly cases: Readonly<Record<string, Shape>> }
  | (() => Shape);

/** An object. Fields that are not named here may be there; they may be anything, unless `others` says what. */
export interface ObjectShape {
  readonly required: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
  readonly others?: Shape;
}

/** Where an answer is not as documented, and why. Neither repeats a value of the answer. */
export interface Fault {
  /** In the manner of RFC 9535: `$.items[3].created_at`. */
  readonly path: string;
  readonly why: string;
}

/** Returns the first fault of `value`, with the path to it from `path` on. */
export function faultOf(value: unknown, shape: Shape, path = "$"): Fault | undefined {
  if (typeof shape === "function") {
    return faultOf(value, shape(), path);
  }
  if (typeof shape === "string") {
    return isPlain(value, shape) ? undefined : mismatch(path, shape, value);
  }
  if ("nullable" in shape) {
    return value === null ? undefined : faultOf(value, shape.nullable, path);
  }
  if ("items" in shape) {
    return Array.isArray(value) ? ofItems(value, shape.items, path) : mismatch(path, "list", value);
  }
  if (!isObject(value)) {
    return mismatch(path, "object", value);
  }
  if ("values" in shape) {
    return ofMembers(value, Object.keys(value), () => shape.values, path);
  }
  if ("tag" in shape) {
    const tag = value[shape.tag];
    return faultOf(value, (typeof tag === "string" && own(shape.cases, tag)) || "any", path);
  }
  const { required, optional = {}, others = "any" } = shape;
  const known = (name: string): Shape => own(required, name) ?? own(optional, name) ?? others;
  const fault = ofMembers(value, Object.keys(value), known, path);
  if (fault !== undefined) {
    return fault;
  }
  const absent = Object.keys(required).find((name) => !Object.hasOwn(value, name));
  return absent === undefined ? undefined : { path: member(path, absent), why: "missing" };
}

/** Returns an entry; names such as `constructor` lead elsewhere otherwise. */
function own(shapes: Readonly<Record<string, Shape>>, name: string): Shape | undefined {
  return Object.hasOwn(shapes, name) ? shapes[name] : undefined;
}

function ofItems(items: readonly unknown[], shape: Shape, path: string): Fault | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, shape, `${path}[${index}]`);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function ofMembers(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  shape: (name: string) => Shape,
  path: string,
): Fault | undefined {
  for (const name of names) {
    const fault = faultOf(value[name], shape(name), member(path, name));
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function isPlain(value: unknown, type: Plain): boolean {
  switch (type) {
    case "any":
      return true;
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mismatch(path: string, expected: string, value: unknown): Fault {
  return { path, why: `expected ${expected}, found ${typeName(value)}` };
}

function typeName(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "list";
  }
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** Returns the path to a member, short where its name allows it. */
function member(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    ? `${path}.${name}`
    : `${path}[${JSON.stringify(name)}]`;
}
