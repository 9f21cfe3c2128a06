import { listPlaced } from "../model/desired.ts";
import type { Change } from "../model/plan.ts";
import type { Decisions } from "./decisions.ts";
import type { Finding } from "./finding.ts";
import { isLive } from "./index-world.ts";

/** The share of objects that one plan may disrupt unless its input says otherwise, and from how many objects on it is looked at. */
export const DISRUPTION_LIMIT = { share: 0.3, from: 10 } as const;

/** What the checks over the whole set find: an empty repository, and a plan that disrupts too much at once. */
export function findSetRisks(decisions: Decisions, changes: readonly Change[]): readonly Finding[] {
  return [...findEmptySet(decisions), ...findDisruption(decisions, changes)];
}

function findEmptySet({ input, leftovers, placements }: Decisions): readonly Finding[] {
  const { pools, clusters, queues } = input.desired;
  const declared = pools.length + clusters.length + queues.length + listPlaced(input.desired).length;
  const removed = leftovers.removals.length + placements.removals.length;
  if (declared > 0 || removed === 0) return [];
  const message = `There is no manifest at all, and ${removed} objects would be deleted. If that is meant, delete all but one first, or allow it for this plan.`;
  return [{ check: "empty-set", status: "fail", message, addresses: [] }];
}

function findDisruption(decisions: Decisions, changes: readonly Change[]): readonly Finding[] {
  const disrupted = changes.filter(isDisruptive);
  const total = countManaged(decisions);
  const { max_destroy_share: most = DISRUPTION_LIMIT.share } = decisions.input;
  if (total < DISRUPTION_LIMIT.from || disrupted.length <= total * most) return [];
  const share = ((disrupted.length / total) * 100).toFixed(1);
  // Rounded: 0.07 * 100 is a little more than 7.
  const limit = Number((most * 100).toFixed(1));
  const message = `${disrupted.length} of ${total} live objects (${share} %) would be deleted, moved, replaced or drained; the limit is ${limit} %. Split the change, or allow it for this plan.`;
  return [
    { check: "max-disruption-share", status: "fail", message, addresses: disrupted.map(({ address }) => address) },
  ];
}

function isDisruptive({ actions, action_reason, before, after }: Change): boolean {
  if (actions.includes("delete") || action_reason === "move") return true;
  return actions[0] === "update" && before?.state === "active" && after?.state === "drained";
}

/** Live objects that are owned or that a manifest names. */
function countManaged({ pools, clusters, queues, leftovers, input, placements }: Decisions): number {
  const named = [...pools, ...clusters, ...queues].filter(
    ({ current, predecessors }) => (current !== null && isLive(current)) || predecessors.length > 0,
  ).length;
  const owned = leftovers.removals.filter(
    ({ owned: record }) => record !== null || input.options.prune === "all",
  ).length;
  const placed = placements.wanted.filter(({ before }) => before !== null).length + placements.removals.length;
  return named + owned + leftovers.kept.length + placed + placements.kept.length;
}
