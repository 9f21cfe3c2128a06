import { fact, type StepDraft } from "../draft/draft-step.ts";
import { compareText } from "../input/index-world.ts";
import { listServing, type PoolMembers } from "../steps/serving-facts.ts";

/**
 * A `*` queue that is drained needs a cluster in service to finish: where all clusters of its pool leave, the last one waits for that. Which one is
 * the last can be chosen: one of the first few that are not unhealthy and not in `loose`, rather none whose new pool waits for it. Linear in members.
 */
export function chooseLast(members: PoolMembers, loose: ReadonlySet<string>): ReadonlySet<string> {
  const pools = new Set([...members.departures.values()].map(({ cluster }) => cluster.pool));
  return new Set(
    [...pools].flatMap((pool) => {
      const candidates = listCandidates(pool, members);
      return candidates.find((name) => !loose.has(keyOf(name))) ?? candidates[0] ?? [];
    }),
  );
}

/** Opens a circle of the last cluster of a pool and what comes only once it has left: another one is the last then. False where none can. */
export function chooseAnother(
  circle: readonly string[],
  steps: readonly StepDraft[],
  members: PoolMembers,
  loose: Set<string>,
): boolean {
  const waiting = steps.filter(({ id, kind }) => kind === "cluster" && circle.includes(id));
  for (const { physical_name: name, needs } of waiting) {
    const pool = members.departures.get(name)?.cluster.pool;
    if (pool === undefined || !needs.includes(fact.emptied(pool)) || loose.has(keyOf(name))) continue;
    if (!listCandidates(pool, members).some((other) => other !== name && !loose.has(keyOf(other)))) continue;
    loose.add(keyOf(name));
    return true;
  }
  return false;
}

/** How many of a pool may be the last: each that turns out not to be costs a drafting. */
const MOST_CANDIDATES = 4;

function listCandidates(pool: string, members: PoolMembers): readonly string[] {
  const { staying, leaving } = listServing(pool, members);
  if (staying.some((name) => !isUnhealthy(name, members))) return [];
  const healthy = leaving.filter((name) => !isUnhealthy(name, members));
  const awaited = new Set([...members.joiners.values()].flatMap(([first]) => first ?? []));
  return (healthy.length > 0 ? healthy : leaving)
    .toSorted((left, right) => Number(awaited.has(left)) - Number(awaited.has(right)) || compareText(left, right))
    .slice(0, MOST_CANDIDATES);
}

function isUnhealthy(name: string, { world }: PoolMembers): boolean {
  return world.clusters.get(name)?.health === "unhealthy";
}

function keyOf(leaver: string): string {
  return `last of its pool: ${leaver}`;
}
