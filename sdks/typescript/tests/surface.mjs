// Prints the surface of the built package: what a user can name or call, signatures only, from the emitted declarations.
//
// `client` lists the calls of a client by their whole names. What has `= value` has that default, as its documentation says.

import { fileURLToPath } from "node:url";

import ts from "typescript";

const ENTRIES = ["index.node", "node"];

const path = (name) => fileURLToPath(new URL(`../dist/esm/${name}.d.ts`, import.meta.url));
const program = ts.createProgram(ENTRIES.map(path), {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  exactOptionalPropertyTypes: true,
  types: ["node"],
});
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true, omitTrailingSemicolon: true });

/** A part of a declaration on one line. */
function text(node) {
  const printed = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return printed
    .replace(/\bexport |\bdeclare /g, "")
    .replace(/\s+/g, " ")
    .replace(/^\| /, "")
    .replace(/;(?=( \}|$))/g, "");
}

/** The default that the documentation of a member tells. */
function told(node) {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "defaultValue");
  return tag === undefined ? "" : ` = ${String(tag.comment).replaceAll("`", "")}`;
}

/** The lines of a class or interface and of the classes it has its members from that can't be named themselves. */
function members(declaration, named) {
  const lines = [];
  for (const clause of declaration.heritageClauses ?? []) {
    for (const { expression } of clause.types) {
      const base = checker.getTypeAtLocation(expression).symbol;
      if (!named.has(base) && base.declarations[0].getSourceFile().fileName.includes("/dist/")) {
        lines.push(...members(base.declarations[0], named));
      }
    }
  }
  for (const member of declaration.members) {
    const isHidden =
      (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
      (member.name?.getText() === "name" && ts.isGetAccessor(member));
    if (!isHidden) {
      lines.push(`    ${text(member)}${told(member)}`);
    }
  }
  return lines;
}

function heading(declaration, named) {
  const kind = ts.isClassDeclaration(declaration) ? "class" : "interface";
  const parameters = declaration.typeParameters?.map(text).join(", ");
  const bases = (declaration.heritageClauses ?? [])
    .flatMap((clause) => [...clause.types])
    .filter(({ expression }) => {
      const { symbol } = checker.getTypeAtLocation(expression);
      return (
        named.has(symbol) || !symbol.declarations[0].getSourceFile().fileName.includes("/dist/")
      );
    });
  const of = parameters === undefined ? "" : `<${parameters}>`;
  const extended = bases.length === 0 ? "" : ` extends ${bases.map(text).join(", ")}`;
  return `${kind} ${declaration.name.text}${of}${extended}`;
}

/** What can be called below a type, by the whole names. */
function calls(type, prefix, lines) {
  for (const symbol of checker.getPropertiesOfType(type)) {
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined || symbol.name.startsWith("__#")) {
      continue;
    }
    const own = checker.getTypeOfSymbolAtLocation(symbol, declaration);
    const signatures = checker.getSignaturesOfType(own, ts.SignatureKind.Call);
    for (const signature of signatures) {
      lines.push(`    ${prefix}${symbol.name}${checker.signatureToString(signature)}`);
    }
    if (signatures.length === 0) {
      calls(own, `${prefix}${symbol.name}.`, lines);
    }
  }
}

for (const [at, entry] of ENTRIES.entries()) {
  console.log(at === 0 ? "@infrai/sdk" : "\n@infrai/sdk/node");
  const source = program.getSourceFile(path(entry));
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source))
    .map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const named = new Set(exported);
  const client = exported.find(({ name }) => name === "InfraiClient");
  if (client !== undefined) {
    const lines = [];
    calls(checker.getDeclaredTypeOfSymbol(client), "", lines);
    console.log(["client", ...lines].join("\n"));
  }
  for (const { declarations } of exported) {
    const [declaration] = declarations;
    if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
      console.log([heading(declaration, named), ...members(declaration, named)].join("\n"));
    } else if (ts.isVariableDeclaration(declaration)) {
      console.log(`const ${text(declaration)}`);
    } else {
      console.log(text(declaration));
    }
  }
}
