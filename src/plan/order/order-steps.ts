import type { Address } from "../../model/address.ts";
import type { Step } from "../../model/plan/step.ts";
import type { Fact, StepDraft } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
import { delayDrains } from "./delay-drains.ts";
import type { Edges } from "./edges.ts";
import { type Preferred, preferOrder } from "./prefer-order.ts";
import { indexOrder, reduceEdges } from "./reduce-edges.ts";

/** The steps in an order that respects every edge, with what they were to come after and do not, or the ids of steps that wait for each other in a circle. */
export type Ordered = { readonly steps: readonly Step[]; readonly unmet: readonly Preferred[] } | Waiting;

/** One circle, and that one with others that have no step in common: each of them is to be opened, with or without the rest. */
interface Waiting {
  readonly circle: readonly string[];
  readonly circles: readonly (readonly string[])[];
}

/**
 * Turns facts into edges and sorts: a step comes after all that give a fact it needs. Among steps that could come next, those
 * of pure destroys come last; otherwise the drafts' order is kept. Edges are transitively reduced. Linear in steps and edges
 * but for the reduction, which looks only between the earliest predecessor and the latest.
 */
export function orderSteps(all: readonly StepDraft[], destroyed: ReadonlySet<Address>): Ordered {
  const drafts = dropUnneeded(all);
  const needed = findEdges(drafts);
  const possible = sortByEdges(drafts, needed, destroyed);
  if (possible.length < drafts.length) {
    const circles = findCircles(needed, new Set(possible)).map((circle) =>
      circle.map((index) => drafts[index]?.id ?? ""),
    );
    const [circle] = circles;
    if (circle === undefined) throw new Error("unreachable: a step left over waits for another one left over");
    return { circle, circles };
  }
  const preferred = preferOrder(drafts, needed);
  const early = preferred.edges === needed ? possible : sortByEdges(drafts, preferred.edges, destroyed);
  const edges = delayDrains(drafts, preferred.edges, early);
  const order = sortByEdges(drafts, edges, destroyed);
  const ordered = indexOrder(edges, order);
  return {
    unmet: preferred.unmet,
    steps: order.map((index) => {
      const draft = drafts[index];
      if (draft === undefined) throw new Error("unreachable: an order names only drafts");
      const {
        needs: _needs,
        prefers: _prefers,
        gives: _gives,
        follows: _follows,
        optional: _optional,
        ...step
      } = draft;
      const after = reduceEdges(edges[index] ?? [], ordered);
      return { ...step, after: after.map((before) => drafts[before]?.id ?? "").sort() };
    }),
  };
}

/** Without the optional steps that give nothing anyone needs. */
function dropUnneeded(drafts: readonly StepDraft[]): readonly StepDraft[] {
  if (!drafts.some((draft) => draft.optional)) return drafts;
  const needed = new Set(drafts.flatMap((draft) => draft.needs));
  const followed = new Set(drafts.flatMap((draft) => draft.follows));
  return drafts.filter(
    (draft) => !draft.optional || followed.has(draft.id) || draft.gives.some((given) => needed.has(given)),
  );
}

function findEdges(drafts: readonly StepDraft[]): Edges {
  const idOf = new Map<string, number>();
  const givers = new Map<Fact, number[]>();
  drafts.forEach((draft, index) => {
    if (idOf.has(draft.id)) throw new Error(`two steps have the id ${draft.id}`);
    idOf.set(draft.id, index);
    for (const given of draft.gives) append(givers, given, index);
  });
  return drafts.map((draft, index) => {
    const before = new Set<number>();
    for (const id of draft.follows) {
      const other = idOf.get(id);
      if (other !== undefined) before.add(other);
    }
    for (const needed of draft.needs) for (const giver of givers.get(needed) ?? []) before.add(giver);
    before.delete(index);
    return [...before];
  });
}

function sortByEdges(drafts: readonly StepDraft[], edges: Edges, destroyed: ReadonlySet<Address>): readonly number[] {
  const open = edges.map((before) => before.length);
  const next: number[][] = drafts.map(() => []);
  edges.forEach((before, index) => {
    for (const other of before) next[other]?.push(index);
  });
  const ready: number[] = [];
  const last: number[] = [];
  const put = (index: number) => {
    const draft = drafts[index];
    // What is put back before it is destroyed is back first.
    const isDestroyed = draft !== undefined && destroyed.has(draft.address) && draft.op !== "create";
    (isDestroyed ? last : ready).push(index);
  };
  open.forEach((count, index) => {
    if (count === 0) put(index);
  });
  const order: number[] = [];
  let at = 0;
  let atLast = 0;
  while (at < ready.length || atLast < last.length) {
    const index = at < ready.length ? ready[at++] : last[atLast++];
    if (index === undefined) break;
    order.push(index);
    for (const other of next[index] ?? []) {
      const count = (open[other] ?? 0) - 1;
      open[other] = count;
      if (count === 0) put(other);
    }
  }
  return order;
}

/**
 * Circles that have no step in common, so many that no other one is left beside them; the first is that of the first step left over. Linear in
 * steps and edges: an edge is followed once.
 */
function findCircles(edges: Edges, done: ReadonlySet<number>): readonly (readonly number[])[] {
  const circles: (readonly number[])[] = [];
  const seen = new Set(done);
  const tried = edges.map(() => 0);
  const path: number[] = [];
  const place = new Map<number, number>();
  const put = (index: number) => {
    place.set(index, path.length);
    path.push(index);
  };
  const takeFrom = (start: number) => {
    const taken = path.splice(start);
    for (const index of taken) {
      seen.add(index);
      place.delete(index);
    }
    return taken;
  };
  for (const start of edges.keys()) {
    if (!seen.has(start)) put(start);
    for (let index = path.at(-1); index !== undefined; index = path.at(-1)) {
      const at = tried[index] ?? 0;
      const other = edges[index]?.[at];
      tried[index] = at + 1;
      const back = other === undefined ? undefined : place.get(other);
      if (other === undefined) takeFrom(path.length - 1);
      else if (back !== undefined) circles.push(takeFrom(back));
      else if (!seen.has(other)) put(other);
    }
  }
  return circles;
}
