import { type AttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import {
  type AttributesRow,
  formatAttributesScope,
  isWritable,
  keyRow,
  type RowKey,
} from "../../model/objects/attributes.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { fact } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
import type { Placement, Placements } from "./placement.ts";

/**
 * A delete takes every row of its kind below its scope along. So rows below that go too go before it, on their own; rows below
 * that change or come do so after it; those that an earlier delete took along are back before it; and those that stay are written
 * back by the delete itself, which a notice says. What cannot be written back is reported as lost. `rows`: those of the kind as they are
 * once all are back.
 */
export function orderCascades(
  placements: Placements,
  rows: readonly AttributesRow[],
  kind: AttributesKind,
): Placements {
  const { removals, wanted, notices } = placements;
  if (removals.length === 0) return placements;
  const removed = new Set(removals.map(({ name }) => name));
  const goBefore = new Map<string, string[]>();
  for (const { name } of removals) {
    for (const above of listScopesAbove(name)) if (removed.has(above)) append(goBefore, above, name);
  }
  const { staying, lost } = findBelow(rows, removed);
  const order = (removal: Placement): Placement => ({
    ...removal,
    needs: [
      ...(removal.needs ?? []),
      ...(goBefore.get(removal.name) ?? []).map((name) => fact.removed(kind, name)),
      ...(staying.get(removal.name) ?? []).map((name) => fact.back(kind, name)),
    ],
    gives: [...(removal.gives ?? []), fact.removed(kind, removal.name), fact.settled(kind, removal.name)],
    ...(isWide(removal) && {
      write: {
        kind,
        op: "delete",
        set: {
          put_back: staying.get(removal.name) ?? [],
          ...(lost.has(removal.name) && { loses: lost.get(removal.name) ?? [] }),
        },
      },
      reads: [`below.${kind}.${removal.name}`],
    }),
    loses: lost.get(removal.name) ?? [],
  });
  return {
    ...placements,
    removals: removals.map(order),
    wanted: wanted.map((placement) => waitFor(placement, removed)),
    notices: [...notices, ...[...staying].map(([name, below]) => noteCascade(kind, name, below))],
  };
}

/** What is below the scopes that are deleted and not deleted itself, by those scopes: what can be written back, and what can't. */
function findBelow(rows: readonly AttributesRow[], removed: ReadonlySet<string>) {
  const staying = new Map<string, string[]>();
  const lost = new Map<string, RowKey[]>();
  for (const row of rows) {
    const name = formatAttributesScope(row.scope);
    if (row.launch_plan === null && removed.has(name)) continue;
    for (const above of listDeletesAbove(row)) {
      if (!removed.has(above)) continue;
      if (isWritable(row)) append(staying, above, name);
      else append(lost, above, keyRow(row));
    }
  }
  return { staying, lost };
}

/** The names of the scopes whose delete takes a row along. */
export function listDeletesAbove({ scope, launch_plan }: AttributesRow): readonly string[] {
  const name = formatAttributesScope(scope);
  return [...listScopesAbove(name), ...(launch_plan === null ? [] : [name])];
}

/** The names of the scopes that a scope is in, by its name. */
export function listScopesAbove(name: string): readonly string[] {
  const [project = "", domain, workflow] = name.split("/");
  if (domain === undefined) return [];
  return workflow === undefined ? [project] : [project, `${project}/${domain}`];
}

function isWide({ name }: Placement): boolean {
  return name.split("/").length < 3;
}

function waitFor(placement: Placement, removed: ReadonlySet<string>): Placement {
  const above = listScopesAbove(placement.name).filter((name) => removed.has(name));
  const settled = above.map((name) => fact.settled(placement.write.kind, name));
  return { ...placement, needs: [...(placement.needs ?? []), ...settled] };
}

/** Rows named in a notice; more are counted. */
const NAMED_ROWS = 10;

function noteCascade(kind: AttributesKind, name: string, below: readonly string[]): Notice {
  return {
    code: "cascade",
    message: `flyteadmin also deletes, with the ${KIND_DEFINITIONS[kind].valueNoun} of ${name}, those of everything below it: ${listSome(below, NAMED_ROWS)}. They are recorded first and written back right after; an execution that starts in between runs without them, and a row that another client writes below in that moment is lost: flyteadmin has no lock.`,
    // The rows below are listed by name: a notice goes with the change that it is about, wherever that is left out.
    addresses: [formatAddress(kind, name)],
  };
}
