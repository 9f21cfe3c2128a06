import { parseAddress } from "../../model/address.ts";
import { parseAttributesScope } from "../../model/objects/attributes.ts";
import { parseSettingsName } from "../../model/objects/settings.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { DraftGraph, DraftNode } from "./draft-graph.ts";
import { poolId, titlePool } from "./draft-graph.ts";
import { scopeId } from "./draft-scopes.ts";
import type { GraphChange, GraphEdge } from "./graph.ts";

/** What of a planned change a picture shows. */
export type PicturedChange = Pick<Change, "address" | "physical_name" | "previous_physical_name" | "action" | "before">;

/**
 * The graph of the state that comes, with what goes left in it and everything marked that changes. Without the state before, only
 * what the changes name is marked.
 */
export function markChanges(
  after: DraftGraph,
  before: DraftGraph | null,
  changes: readonly PicturedChange[],
): DraftGraph {
  const marks = listMarks(changes);
  const nodes = joinBy(after.nodes, before?.nodes ?? after.nodes, ({ id }) => id).map(({ item, isNow, old }) => {
    return { ...item, change: marks.get(item.id) ?? compareStates(isNow, old), note: describeMove(item, old) };
  });
  const changedPools = [...marks.keys()].filter((id) => id.startsWith("pool:"));
  const pools = changedPools.map((id) => ({ id, title: titlePool(id), change: null }));
  const groups = joinBy([...after.groups, ...pools], before?.groups ?? after.groups, ({ id }) => id).map(({ item }) => {
    return { ...item, change: marks.get(item.id) ?? null };
  });
  const edges = joinBy(after.edges, before?.edges ?? after.edges, keyOfEdge).map(({ item, isNow, old }) => {
    return { ...item, change: compareStates(isNow, old) };
  });
  return { groups, nodes, edges };
}

interface Joined<T> {
  /** As it comes to be, or as it was where it goes. */
  readonly item: T;
  /** Whether it is there afterwards. */
  readonly isNow: boolean;
  /** As it was before; undefined where it was not there. */
  readonly old: T | undefined;
}

function joinBy<T>(after: readonly T[], before: readonly T[], keyOf: (item: T) => string): readonly Joined<T>[] {
  const earlier = new Map(before.map((item) => [keyOf(item), item]));
  const later = new Map(after.map((item) => [keyOf(item), item]));
  return [...new Map([...earlier, ...later])].map(([key, item]) => {
    return { item, isNow: later.has(key), old: earlier.get(key) };
  });
}

/** What comes and goes without a change of its own: clusters of a map, the queue that comes with the first cluster, references. */
function compareStates(isNow: boolean, old: unknown): GraphChange | null {
  if (!isNow) return "delete";
  return old === undefined ? "create" : null;
}

function keyOfEdge({ from, to, label }: GraphEdge): string {
  return JSON.stringify([from, to, label]);
}

function describeMove({ note, group }: DraftNode, before: DraftNode | undefined): string {
  const from = before?.group ?? null;
  if (from === null || from === group) return note;
  const moved = `from pool ${from.slice(from.indexOf(":") + 1)}`;
  return note === "" ? moved : `${note}, ${moved}`;
}

/** Changes by the node or group that shows them. */
function listMarks(changes: readonly PicturedChange[]): ReadonlyMap<string, GraphChange> {
  const marks = new Map<string, GraphChange>();
  for (const change of changes) {
    const mark = markOf(change);
    if (mark === null) continue;
    for (const id of idsOf(change)) marks.set(id, (marks.get(id) ?? mark) === mark ? mark : "update");
    const { previous_physical_name: previous } = change;
    const kind = parseAddress(change.address)?.kind;
    if (previous !== null && previous !== change.physical_name) marks.set(`${kind}:${previous}`, "delete");
  }
  return marks;
}

function markOf({ action, before }: PicturedChange): GraphChange | null {
  switch (action) {
    case "create":
    case "restore":
      return "create";
    case "update":
    case "move":
      return "update";
    case "put_back":
      return before === null ? "create" : "update";
    case "replace":
    case "delete":
      return action;
    case "adopt":
    case "forget":
    case "keep":
      return null;
  }
}

function idsOf({ address, physical_name }: PicturedChange): readonly string[] {
  const parsed = parseAddress(address);
  if (parsed === undefined) return [];
  const { kind, name } = parsed;
  switch (kind) {
    case "cluster_pool":
      return [poolId(physical_name)];
    case "cluster":
    case "queue":
      return [`${kind}:${physical_name}`];
    case "settings":
      return [scopeId({ ...parseSettingsName(name), workflow: null })];
    case "cluster_pool_map":
    case "flyte_clusters":
      // Their edges and clusters show what changes.
      return [];
    default:
      return [scopeId(parseAttributesScope(name))];
  }
}
