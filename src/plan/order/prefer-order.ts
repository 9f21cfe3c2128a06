import type { Fact, StepDraft } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
import { type Edges, follow, turnAround } from "./edges.ts";

/** A step that comes before others, although it were to come after them: these wait for it. */
export interface Preferred {
  readonly step: StepDraft;
  readonly before: readonly StepDraft[];
}

/**
 * Has steps come after those that give what they prefer, but for those that wait for them: what is needed goes first. Closes no circle; for each step that
 * prefers something, the cost is that of what waits for it.
 */
export function preferOrder(
  drafts: readonly StepDraft[],
  edges: Edges,
): { readonly edges: Edges; readonly unmet: readonly Preferred[] } {
  if (!drafts.some(({ prefers }) => prefers.length > 0)) return { edges, unmet: [] };
  const givers = new Map<Fact, number[]>();
  for (const [index, { gives }] of drafts.entries()) for (const given of gives) append(givers, given, index);
  const before = edges.map((own) => new Set(own));
  const after = turnAround(edges);
  const unmet = drafts.flatMap((step, index): readonly Preferred[] => {
    if (step.prefers.length === 0) return [];
    const dependents = follow([index], after);
    const others = new Set(step.prefers.flatMap((one) => givers.get(one) ?? []));
    const waiting = [...others].filter((other) => dependents.has(other));
    for (const other of others) {
      if (dependents.has(other) || before[index]?.has(other) !== false) continue;
      before[index].add(other);
      after[other]?.push(index);
    }
    return waiting.length === 0 ? [] : [{ step, before: waiting.flatMap((other) => drafts[other] ?? []) }];
  });
  return { edges: before.map((own) => [...own]), unmet };
}
