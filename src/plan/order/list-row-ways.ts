import { ATTRIBUTES_KINDS, type AttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { Address } from "../../model/address.ts";
import { formatAttributesScope, parseAttributesScope, readField } from "../../model/objects/attributes.ts";
import type { Decisions } from "../decide/decisions.ts";
import { findRow } from "../routing/find-row.ts";
import { LAST_POOL } from "../routing/route-by-pool-attributes.ts";
import type { RowFact } from "../routing/routing-facts.ts";

/** Where a row that the plan writes or deletes makes the runs of its scope go. Pools by physical name. */
export interface RowWay {
  readonly address: Address;
  readonly scope: string;
  /** By this row or a wider one; without any, the pool that counts then. */
  readonly from: string;
  readonly to: string;
}

/** What rows of flyteadmin make of pools within a plan. */
export interface RowWays {
  /** Those that the plan changes. */
  readonly ways: readonly RowWay[];
  /** Scopes whose runs stay in a pool, by pool. */
  readonly staying: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Follows the rows that name pools, as far as they are part of the plan. Linear in rows. */
export function listRowWays(decisions: Decisions, isPlanned: (address: Address) => boolean): RowWays {
  const { input, placements } = decisions;
  const ways: RowWay[] = [];
  const staying = new Map<string, Set<string>>();
  if (input.live.systems.flyteadmin !== "read") return { ways, staying };
  for (const kind of ATTRIBUTES_KINDS) {
    if (KIND_DEFINITIONS[kind].refersTo !== "pool") continue;
    const before = indexRows(kind, decisions);
    const changes = [...placements.wanted, ...placements.removals].filter(
      ({ write, address }) => write.kind === kind && isPlanned(address),
    );
    const after = new Map(before);
    for (const { name, after: fields } of changes) {
      if (fields === null) after.delete(name);
      else after.set(name, { scope: parseAttributesScope(name), value: readField(kind, fields), source: name });
    }
    const follow = (scope: string) => ({ scope, from: poolOf(scope, before), to: poolOf(scope, after) });
    ways.push(...changes.map(({ address, name }) => ({ address, ...follow(name) })));
    for (const { scope, from, to } of [...before.keys(), ...after.keys()].map(follow)) {
      if (from === to) staying.set(to, (staying.get(to) ?? new Set()).add(scope));
    }
  }
  return { ways, staying };
}

function indexRows(kind: AttributesKind, { input }: Decisions): ReadonlyMap<string, RowFact> {
  const rows = input.live.flyteadmin.rows.filter((row) => row.kind === kind && row.launch_plan === null);
  return new Map(rows.map(({ scope, value }) => [nameOf(scope), { scope, value, source: nameOf(scope) }]));
}

const nameOf = formatAttributesScope;

function poolOf(scope: string, rows: ReadonlyMap<string, RowFact>): string {
  const value = findRow(rows, parseAttributesScope(scope))?.row.value ?? "";
  return value === "" ? LAST_POOL : value;
}
