import type { AttributesScope } from "../../model/objects/attributes.ts";
import { DEFAULT_QUEUE_KEY, UNSET } from "../../model/objects/settings.ts";
import { type DraftNode, poolId } from "./draft-graph.ts";
import type { GraphEdge } from "./graph.ts";
import { LAST_QUEUE } from "./route-by-queue.ts";
import type { RoutingFacts, RowFact } from "./routing-facts.ts";

/** Scopes with what they refer to: queues by settings, pools and labels by rows. One node for a place, for all that refers there. */
export function draftScopes(facts: RoutingFacts): { nodes: readonly DraftNode[]; edges: readonly GraphEdge[] } {
  const references = [...referToQueues(facts), ...referToPools(facts), ...referToLabels(facts)];
  const nodes = new Map(references.map(({ scope }) => [scopeId(scope), draftScope(scope)]));
  const edges = references.map(({ scope, to, label }) => ({ from: scopeId(scope), to, label, change: null }));
  return { nodes: [...nodes.values()], edges };
}

/** The id of a scope's node. Project null: the whole domain; both null: the organization. */
export function scopeId({ project, domain, workflow }: GraphScope): string {
  return `scope:${JSON.stringify([project, domain, workflow])}`;
}

/** Where settings or rows hold. */
export interface GraphScope extends Omit<AttributesScope, "project"> {
  readonly project: string | null;
}

interface Reference {
  readonly scope: GraphScope;
  readonly to: string;
  readonly label: string;
}

function referToQueues({ settings }: RoutingFacts): readonly Reference[] {
  return settings.flatMap(({ scope, values }) => {
    const value = values[DEFAULT_QUEUE_KEY];
    if (value === undefined) return [];
    const isUnset = value === UNSET;
    const to = `queue:${isUnset ? LAST_QUEUE : String(value)}`;
    return [{ scope: { ...scope, workflow: null }, to, label: isUnset ? "unset" : "" }];
  });
}

function referToPools({ pool_attributes }: RoutingFacts): readonly Reference[] {
  return pool_attributes
    .filter(hasValue)
    .map(({ scope, value }) => ({ scope: widen(scope), to: poolId(value), label: "" }));
}

function referToLabels({ labels }: RoutingFacts): readonly Reference[] {
  return labels.filter(hasValue).map(({ scope, value }) => ({ scope: widen(scope), to: `label:${value}`, label: "" }));
}

function hasValue({ value }: RowFact): boolean {
  return value !== "";
}

/** A row of all projects of a domain stands where the domain's settings do. */
function widen(scope: AttributesScope): GraphScope {
  return { ...scope, project: scope.project === "" ? null : scope.project };
}

/** A workflow goes by its own name, with project and domain below it: there is no room for all three in a row. */
function draftScope(scope: GraphScope): DraftNode {
  const { project, domain, workflow } = scope;
  const place = [project, domain].filter((part) => part !== null).join(" / ");
  const wide = domain === null ? "organization" : `domain ${domain}`;
  const name = workflow ?? (project === null ? wide : place);
  const note = workflow === null ? "" : place;
  return { id: scopeId(scope), kind: "scope", group: null, note, names: [name], change: null };
}
