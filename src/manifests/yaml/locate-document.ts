import { type Event, parseEvents } from "js-yaml";
import type { DocumentPlace, Locate, NodePath, Position } from "../../model/diagnostics/position.ts";
import { createPositionFinder } from "./find-position.ts";
import { MAX_DEPTH, splitDocuments } from "./parse-documents.ts";
import { type WalkedNode, walkNodes } from "./walk-nodes.ts";

/** Makes the locator of a document that could be read; its positions are those of the file. */
export type CreateLocate = (document: DocumentPlace) => Locate;

/**
 * Starts a family of locators. A text is parsed again on the first call of one of its locators and no earlier, so that only
 * documents that are wrong pay for positions; the family keeps the text that was asked about last.
 */
export function createLocators(): CreateLocate {
  let last: LocatedText | undefined;
  let lastNodes: { readonly owner: object; readonly nodes: NodeTree } | undefined;
  return ({ part: { text, linesBefore }, index }) => {
    const locate: Locate = (path, part = "value") => {
      if (last?.text !== text) last = openText(text);
      if (lastNodes?.owner !== locate)
        lastNodes = { owner: locate, nodes: growNodes(last.documents[index] ?? [], text) };
      const { line, column } = last.find(findOffset(lastNodes.nodes, path, part));
      return { line: line + linesBefore, column };
    };
    return locate;
  };
}

/** A text with what positions in it cost to find. */
interface LocatedText {
  readonly text: string;
  readonly documents: readonly Event[][];
  readonly find: (offset: number) => Position;
}

function openText(text: string): LocatedText {
  const documents = splitDocuments(parseEvents(text, { maxDepth: MAX_DEPTH }));
  return { text, documents, find: createPositionFinder(text) };
}

/** The nodes of a document by their parents: of duplicate keys, the last one. */
interface NodeTree {
  readonly root: WalkedNode | undefined;
  readonly children: ReadonlyMap<WalkedNode, ReadonlyMap<string, WalkedNode>>;
}

function growNodes(events: readonly Event[], text: string): NodeTree {
  const children = new Map<WalkedNode, Map<string, WalkedNode>>();
  let root: WalkedNode | undefined;
  for (const node of walkNodes(events, text)) {
    if (node.parent === undefined) root = node;
    else {
      const siblings = children.get(node.parent) ?? new Map<string, WalkedNode>();
      children.set(node.parent, siblings.set(String(node.step), node));
    }
  }
  return { root, children };
}

function findOffset({ root, children }: NodeTree, path: NodePath, part: "key" | "value"): number {
  let node = root;
  for (const step of path) {
    const next: WalkedNode | undefined = node && children.get(node)?.get(String(step));
    if (next === undefined) return node?.keyOffset ?? 0;
    node = next;
  }
  return (part === "key" ? node?.keyOffset : node?.valueOffset) ?? 0;
}
