import type { Json } from "../../model/json/json.ts";
import { printInline } from "./print-inline.ts";
import { printYaml } from "./print-yaml.ts";
import type { EntryNode, MappingNode, SequenceNode, YamlNode } from "./read-nodes.ts";
import type { Splice } from "./splice.ts";

/** Adds an entry behind the others. Null where it can't be done. */
export function addEntry(
  text: string,
  node: MappingNode,
  { key, value }: { readonly key: string; readonly value: Json },
): readonly Splice[] | null {
  if (node.isFlow)
    return addInline(
      node,
      node.entries.at(-1)?.value,
      printInline({ [key]: value })
        .slice(1, -1)
        .trim(),
    );
  const first = node.entries[0];
  if (first === undefined) return null;
  return addLines(text, { after: node.end, indent: columnOf(text, first.start), lines: printYaml({ [key]: value }) });
}

/** Adds items behind the others. Null where it can't be done. */
export function addItem(text: string, node: SequenceNode, values: readonly Json[]): readonly Splice[] | null {
  if (node.isFlow) return addInline(node, node.items.at(-1), values.map(printInline).join(", "));
  return addLines(text, { after: node.end, indent: columnOf(text, node.start), lines: printYaml(values) });
}

function addInline(node: MappingNode | SequenceNode, last: YamlNode | undefined, printed: string): readonly Splice[] {
  if (last !== undefined) return [{ start: last.end, end: last.end, text: `, ${printed}` }];
  const inner = node.kind === "mapping" ? `{ ${printed} }` : `[${printed}]`;
  return [{ start: node.start, end: node.end, text: inner }];
}

interface Addition {
  readonly after: number;
  readonly indent: number;
  readonly lines: string;
}

function addLines(text: string, { after, indent, lines }: Addition): readonly Splice[] {
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const at = endOfLine(text, text[after - 1] === "\n" ? after - 1 : after);
  const block = lines.trimEnd().split("\n");
  const added = block.map((line) => `${lineBreak}${" ".repeat(indent)}${line}`).join("");
  return [{ start: at, end: at, text: added }];
}

/** Takes an entry out; comments beside it and in it stay, on lines of their own. Null where it can't be done. */
export function dropEntry(text: string, node: MappingNode, entry: EntryNode): readonly Splice[] | null {
  const others = node.entries.map(({ start, value }) => ({ start, end: value.end }));
  return drop(text, node, { start: entry.start, end: entry.value.end }, others);
}

/** The same for an item. */
export function dropItem(text: string, node: SequenceNode, item: YamlNode): readonly Splice[] | null {
  const start = node.isFlow ? item.start : text.lastIndexOf("-", item.start - 1);
  return drop(text, node, { start, end: item.end }, node.items);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function drop(
  text: string,
  node: MappingNode | SequenceNode,
  { start, end }: Range,
  all: readonly Range[],
): readonly Splice[] | null {
  if (node.isFlow) return dropInline(text, { start, end }, all);
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = endOfLine(text, text[end - 1] === "\n" ? end - 1 : end);
  const lead = text.slice(lineStart, start);
  // Behind a dash, or the last one of its collection: then it has to be replaced by something.
  if (lead.trim() !== "") return null;
  if (all.length === 1) return emptyBlock(text, node, { start: lineStart, end: lineEnd });
  const comments = findComments(text.slice(start, lineEnd));
  if (comments === null) return null;
  if (comments.length > 0)
    return [{ start: lineStart, end: lineEnd, text: comments.map((one) => lead + one).join("\n") }];
  return [{ start: lineStart, end: Math.min(text.length, lineEnd + lineBreakAt(text, lineEnd)), text: "" }];
}

/** The last entry goes: the collection is written as an empty one behind its key. */
function emptyBlock(text: string, node: MappingNode | SequenceNode, lines: Range): readonly Splice[] | null {
  const comments = findComments(text.slice(lines.start, lines.end));
  const keyEnd = findKeyEnd(text.slice(0, node.start));
  if (comments === null || keyEnd === -1) return null;
  const indent = " ".repeat(columnOf(text, node.start));
  const kept = comments.map((one) => indent + one).join("\n");
  const end = kept === "" ? Math.min(text.length, lines.end + lineBreakAt(text, lines.end)) : lines.end;
  const empty = node.kind === "mapping" ? " {}" : " []";
  return [
    { start: keyEnd + 1, end: keyEnd + 1, text: empty },
    { start: lines.start, end, text: kept },
  ];
}

/** Offset of the colon of a key that only blanks, comments and line breaks follow; -1: there is none. */
function findKeyEnd(before: string): number {
  const lines = before.split("\n");
  const last = lines.findLastIndex((line) => !isBare(line));
  const line = lines[last] ?? "";
  const start = before.length - lines.slice(Math.max(last, 0)).join("\n").length;
  for (let colon = line.indexOf(":"); colon !== -1; colon = line.indexOf(":", colon + 1)) {
    if (isBare(line.slice(colon + 1))) return start + colon;
  }
  return -1;
}

function isBare(line: string): boolean {
  const content = line.trimStart();
  return content === "" || content.startsWith("#");
}

function dropInline(text: string, { start, end }: Range, all: readonly Range[]): readonly Splice[] | null {
  const index = all.findIndex((range) => range.start === start);
  const [former, next] = [all[index - 1], all[index + 1]];
  const gap = next === undefined ? { start: former?.end ?? start, end } : { start, end: next.start };
  // A comment between the entries would go along.
  return text.slice(gap.start, gap.end).includes("#") ? null : [{ ...gap, text: "" }];
}

/** The comments of one entry's lines; null where a sign in a text can't be distinguished from one. */
function findComments(lines: string): readonly string[] | null {
  const found: string[] = [];
  for (const line of lines.split(/\r?\n/)) {
    const at = line.search(/(?<=^|\s)#/);
    if (at === -1) continue;
    if (/["']/.test(line.slice(at)) && /["']/.test(line.slice(0, at))) return null;
    found.push(line.slice(at).trimEnd());
  }
  return found;
}

function endOfLine(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  if (found === -1) return text.length;
  return text[found - 1] === "\r" && found > offset ? found - 1 : found;
}

function lineBreakAt(text: string, offset: number): number {
  return text.startsWith("\r\n", offset) ? 2 : 1;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
