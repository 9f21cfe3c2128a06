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

/** Every duplicate key of one document, and every alias where it is used first, given the document's events. */
export function findYamlProblems(events: readonly Event[], text: string): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const aliases = new Set<string>();
  for (const event of events) {
    if (event.type !== EVENT_ID.ALIAS) continue;
    const name = text.slice(event.anchorStart, event.anchorEnd);
    if (aliases.has(name)) continue;
    aliases.add(name);
    problems.push({ code: "yaml-alias", reason: name, ...findPosition(text, event.anchorStart - 1) });
  }
  const seen = new Set<string>();
  for (const node of walkNodes(events, text)) {
    if (node.key === undefined) continue;
    if (seen.has(node.pointer)) {
      problems.push({ code: "yaml-duplicate-key", reason: node.key, ...findPosition(text, node.keyOffset) });
    }
    seen.add(node.pointer);
  }
  return problems;
}
