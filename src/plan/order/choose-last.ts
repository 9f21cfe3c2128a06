import { fact, type StepDraft } from "../draft/draft-step.ts";
import { compareText, type World } from "../input/index-world.ts";
import { listServing, type PoolMembers } from "../steps/serving-facts.ts";

/**
 * A `*` queue that is drained needs a cluster that takes work to finish: where none stays in its pool, those that leave wait for that. Where the
 * queue waits for one of them in turn, as `loose` says of their pool, only one is the last: of the first few that are not in `loose`, rather
 * none whose new pool waits for it. Health has no part in it: it may change from one moment to the next, and the order with it, which is
 * approved. Linear in members.
 */
export function chooseLast(members: PoolMembers, loose: ReadonlySet<string>): ReadonlySet<string> {
  const { departures, joiners } = members;
  const pools = new Set([...departures.values()].map(({ cluster }) => cluster.pool));
  const awaited = new Set([...joiners.values()].flatMap(([first]) => first ?? []));
  return new Set(
    [...pools].flatMap((pool) => {
      const candidates = listCandidates(pool, members);
      if (!loose.has(keyOfPool(pool))) return candidates;
      const few = listFew(candidates, awaited);
      return few.find((name) => !loose.has(keyOf(name))) ?? few[0] ?? [];
    }),
  );
}

/** Opens circles of clusters that are to be the last of their pool and what comes only once they have left: others are the last then. False where none can. */
export function chooseAnother(
  circles: readonly (readonly string[])[],
  steps: readonly StepDraft[],
  members: PoolMembers,
  loose: Set<string>,
): boolean {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const awaited = new Set([...members.joiners.values()].flatMap(([first]) => first ?? []));
  const keys = circles.flatMap((circle) =>
    circle.flatMap((id, index) => {
      const [step, next] = [stepOf.get(id), stepOf.get(circle[(index + 1) % circle.length] ?? "")];
      const pool = step?.kind === "cluster" ? members.departures.get(step.physical_name)?.cluster.pool : undefined;
      // Each waits for the one after it.
      if (step === undefined || pool === undefined || next?.gives.includes(fact.emptied(pool)) !== true) return [];
      const candidates = listCandidates(pool, members);
      if (!candidates.includes(step.physical_name) || candidates.length === 1) return [];
      if (!loose.has(keyOfPool(pool))) return [keyOfPool(pool)];
      const others = listFew(candidates, awaited).filter((name) => name !== step.physical_name);
      const isOpen = !loose.has(keyOf(step.physical_name)) && others.some((name) => !loose.has(keyOf(name)));
      return isOpen ? [keyOf(step.physical_name)] : [];
    }),
  );
  for (const key of keys) loose.add(key);
  return keys.length > 0;
}

/** How many of a pool may be the last: each that turns out not to be costs a drafting. */
const MOST_CANDIDATES = 4;

function listFew(candidates: readonly string[], awaited: ReadonlySet<string>): readonly string[] {
  return candidates
    .toSorted((left, right) => Number(awaited.has(left)) - Number(awaited.has(right)) || compareText(left, right))
    .slice(0, MOST_CANDIDATES);
}

/** Those that leave, of the ones that are most likely to take work; none where one of these stays. */
function listCandidates(pool: string, members: PoolMembers): readonly string[] {
  const { staying, leaving } = listServing(pool, members);
  const rank = (name: string) => rankOf(name, members.world);
  const best = [...staying, ...leaving].reduce((least, name) => Math.min(least, rank(name)), Number.POSITIVE_INFINITY);
  return staying.some((name) => rank(name) === best) ? [] : leaving.filter((name) => rank(name) === best);
}

/** A disabled cluster takes no work, nor does one before the first report of its operator, which some control planes do not show. */
function rankOf(name: string, { clusters }: World): number {
  const cluster = clusters.get(name);
  if (cluster?.enabled !== true) return 2;
  return cluster.data_plane === null ? 1 : 0;
}

function keyOf(leaver: string): string {
  return `last of its pool: ${leaver}`;
}

function keyOfPool(pool: string): string {
  return `one is the last: ${pool}`;
}
