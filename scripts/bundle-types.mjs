#!/usr/bin/env node
// Writes dist/index.d.ts: the declarations of src/index.ts, and of what these name, in one file. What is @internal, and what is
// reached through that alone, is left out.
import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const ENTRY = join(ROOT, "src", "index.ts");

const readDeclarations = openDeclarations();
const taken = new Map();
const external = new Set();
const declarations = [];
const exported = listExports(ENTRY);
for (const name of exported) take(ENTRY, name);
const lines = [...external].sort().concat(declarations, `export { ${exported.sort().join(", ")} };`);
writeFileSync(join(ROOT, "dist", "index.d.ts"), `${lines.join("\n")}\n`);

/** Reads the declarations of a module of the program by its path, parsed. Only what is asked for is made. */
function openDeclarations() {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const emit = { noEmit: false, declaration: true, emitDeclarationOnly: true, stripInternal: true, incremental: false };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT, emit);
  delete options.tsBuildInfoFile;
  const program = ts.createProgram([ENTRY], options);
  const found = new Map();
  return (path) => {
    const source = program.getSourceFile(path);
    if (source === undefined) throw new Error(`${path} is no source of ours: leave its types out of what is exported`);
    const keep = (_path, text) => found.set(path, ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
    if (!found.has(path)) program.emit(source, keep, undefined, true);
    return found.get(path);
  };
}

function listExports(path) {
  return readDeclarations(path).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return statement.exportClause?.elements.map(({ name }) => name.text) ?? [];
    return isExported(statement) ? namesOf(statement) : [];
  });
}

function isExported(statement) {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.text);
  return statement.name === undefined ? [] : [statement.name.text];
}

/** Takes the declarations of a name that a module knows, and of the names in them. */
function take(path, name) {
  const module = readDeclarations(path);
  const origin = findOrigin(module, name);
  if (origin?.startsWith(".")) take(resolve(dirname(path), origin), name);
  else if (origin !== undefined) external.add(`import type { ${name} } from ${JSON.stringify(origin)};`);
  else takeOwn(path, module, name);
}

/** Which module a name is imported or exported from; undefined: it is declared here, or a global one. */
function findOrigin(module, name) {
  for (const statement of module.statements) {
    const elements = ts.isImportDeclaration(statement)
      ? statement.importClause?.namedBindings?.elements
      : ts.isExportDeclaration(statement) && statement.moduleSpecifier && statement.exportClause?.elements;
    const found = (elements || undefined)?.find((element) => element.name.text === name);
    if (found?.propertyName !== undefined) throw new Error(`${module.fileName}: ${name} has another name elsewhere`);
    if (found) return statement.moduleSpecifier.text;
  }
  return undefined;
}

function takeOwn(path, module, name) {
  const own = module.statements.filter((statement) => namesOf(statement).includes(name));
  if (own.length === 0 || taken.get(name) === path) return;
  if (taken.has(name)) throw new Error(`${name} is declared in ${taken.get(name)} and in ${path}: rename one`);
  taken.set(name, path);
  for (const statement of own) {
    const text = withoutImportTypes(statement, module).trim();
    declarations.push(
      text.replace(/^export (default )?/m, "").replace(/^(declare )?(const|function|class|let)/m, "declare $2"),
    );
    const visit = (node) => {
      if (ts.isImportTypeNode(node)) take(resolve(dirname(path), node.argument.literal.text), nameOfImportType(node));
      else if (ts.isIdentifier(node)) take(path, node.text);
      if (ts.isImportTypeNode(node)) node.typeArguments?.forEach(visit);
      else ts.forEachChild(node, visit);
    };
    visit(statement);
  }
}

/** The text of a statement, with `import("./module.ts").Name` as `Name`: the compiler writes so what a module infers and does not import. */
function withoutImportTypes(statement, module) {
  const from = statement.getFullStart();
  let text = statement.getFullText(module);
  const found = [];
  const visit = (node) => {
    if (ts.isImportTypeNode(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  for (const node of found.reverse()) {
    const [start, end] = [node.getStart(module) - from, node.qualifier.getStart(module) - from];
    text = text.slice(0, start) + text.slice(end);
  }
  return text;
}

/** Throws where the import is of a package, or of more than a name. */
function nameOfImportType(node) {
  const isOurs = node.argument.literal?.text.startsWith(".") && node.qualifier && ts.isIdentifier(node.qualifier);
  if (!isOurs) throw new Error(`${node.getText()} can't be bundled: import its name`);
  return node.qualifier.text;
}
