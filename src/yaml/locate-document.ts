import { type Event, parseEvents } from "js-yaml";
import type { Locate, NodePath, Position } from "../model/position.ts";
import { findPosition } from "./find-position.ts";
import { MAX_DEPTH, type ReadDocument, splitDocuments } from "./parse-documents.ts";
import { joinPointer, type WalkedNode, walkNodes } from "./walk-nodes.ts";

/** Makes the locator of a document that could be read; its positions are those of the file. */
export type CreateLocate = (document: Pick<ReadDocument, "text" | "index" | "linesBefore">) => Locate;

/**
 * Starts a family of locators. A text is parsed again on the first call of one of its locators and no earlier, so that only
 * documents that are wrong pay for positions; the family keeps the text that was asked about last.
 */
export function createLocators(): CreateLocate {
  let last: { readonly text: string; readonly documents: readonly Event[][] } | undefined;
  let lastNodes: { readonly owner: object; readonly nodes: ReadonlyMap<string, WalkedNode> } | undefined;
  return ({ text, index, linesBefore }) => {
    const locate: Locate = (path, part = "value") => {
      if (last?.text !== text) last = { text, documents: splitDocuments(parseEvents(text, { maxDepth: MAX_DEPTH })) };
      if (lastNodes?.owner !== locate)
        lastNodes = { owner: locate, nodes: indexNodes(last.documents[index] ?? [], text) };
      const { line, column } = findNode(lastNodes.nodes, text, path, part);
      return { line: line + linesBefore, column };
    };
    return locate;
  };
}

function indexNodes(events: readonly Event[], text: string): Map<string, WalkedNode> {
  return new Map(walkNodes(events, text).map((node) => [node.pointer, node]));
}

function findNode(
  nodes: ReadonlyMap<string, WalkedNode>,
  text: string,
  path: NodePath,
  part: "key" | "value",
): Position {
  const node = findNearest(nodes, path);
  const exact = node?.pointer === path.reduce<string>(joinPointer, "");
  return findPosition(text, (part === "key" || !exact ? node?.keyOffset : node?.valueOffset) ?? 0);
}

function findNearest(nodes: ReadonlyMap<string, WalkedNode>, path: NodePath): WalkedNode | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodes.get(path.slice(0, length).reduce<string>(joinPointer, ""));
    if (node !== undefined) return node;
  }
  return undefined;
}
