import type { Edges } from "./edges.ts";

/** A step that was reached, while it is not known yet which others it is in a circle with. */
interface Visit {
  readonly index: number;
  /** When it was reached. */
  readonly place: number;
  /** When the first of those was reached that it leads back to. */
  lowest: number;
  /** How many of its edges were followed. */
  tried: number;
}

/** Gives each step, by its index, the number of its component: those of one component lead to each other. Linear in steps and edges. */
export function findComponents(edges: Edges): readonly number[] {
  const component = edges.map(() => -1);
  const visits = new Map<number, Visit>();
  /** What was reached and is in no component yet. */
  const open: number[] = [];
  const path: Visit[] = [];
  const visit = (index: number) => {
    const place = visits.size;
    const one = { index, place, lowest: place, tried: 0 };
    visits.set(index, one);
    open.push(index);
    path.push(one);
  };
  const leave = ({ index, place, lowest }: Visit) => {
    path.pop();
    const former = path.at(-1);
    if (former !== undefined) former.lowest = Math.min(former.lowest, lowest);
    if (lowest === place) for (const one of open.splice(open.lastIndexOf(index))) component[one] = index;
  };
  for (const start of edges.keys()) {
    if (!visits.has(start)) visit(start);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const other = edges[last.index]?.[last.tried++];
      const known = other === undefined ? undefined : visits.get(other);
      if (other === undefined) leave(last);
      else if (known === undefined) visit(other);
      else if (component[other] === -1) last.lowest = Math.min(last.lowest, known.place);
    }
  }
  return component;
}
