import { EVENT_ID, type Event } from "js-yaml";
import type { Position } from "../model/position.ts";
import { findPosition } from "./find-position.ts";
import { walkNodes } from "./walk-nodes.ts";

/** What is wrong with a YAML text before anything is known about its meaning. */
export interface YamlProblem extends Position {
  readonly code:
    | "yaml-syntax"
    | "yaml-tab"
    | "yaml-tag"
    | "yaml-too-deep"
    | "yaml-too-many-values"
    | "yaml-alias"
    | "yaml-duplicate-key";
  /** The parser's words, or the key or alias concerned. */
  readonly reason: string;
}

/**
 * Duplicate keys of one document, and aliases where they are used first, given the document's events; of each about `limit` at most.
 */
export function findYamlProblems(events: readonly Event[], text: string, limit: number): YamlProblem[] {
  return [...findAliases(events, text, limit), ...findDuplicateKeys(events, text, limit)];
}

function findAliases(events: readonly Event[], text: string, limit: number): YamlProblem[] {
  const offsets = new Map<string, number>();
  for (const event of events) {
    if (event.type !== EVENT_ID.ALIAS) continue;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    if (!offsets.has(name)) offsets.set(name, event.anchorStart - 1);
    if (offsets.size > limit) break;
  }
  return [...offsets].map(([reason, offset]) => ({ code: "yaml-alias", reason, ...findPosition(text, offset) }));
}

function findDuplicateKeys(events: readonly Event[], text: string, limit: number): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const seen = new Set<string>();
  for (const node of walkNodes(events, text)) {
    if (node.key === undefined) continue;
    if (seen.has(node.pointer)) {
      problems.push({ code: "yaml-duplicate-key", reason: node.key, ...findPosition(text, node.keyOffset) });
    }
    if (problems.length > limit) break;
    seen.add(node.pointer);
  }
  return problems;
}
