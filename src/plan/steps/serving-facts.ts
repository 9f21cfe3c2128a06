import type { Departure } from "../decide/departures.ts";
import { type Fact, fact } from "../draft/draft-step.ts";
import { servesNow, type World } from "../input/index-world.ts";

/** Who serves in pools before a plan, who leaves, and who comes. */
export interface PoolMembers {
  readonly world: World;
  readonly departures: ReadonlyMap<string, Departure>;
  /** Clusters that start to serve in a pool within this plan, by physical pool name: first the one that is waited for. */
  readonly joiners: ReadonlyMap<string, readonly string[]>;
}

/** The clusters of a pool that take work there and stay, and those that do and leave. */
export function listServing(
  pool: string,
  { world, departures, joiners }: PoolMembers,
): { readonly staying: readonly string[]; readonly leaving: readonly string[] } {
  const coming = joiners.get(pool) ?? [];
  const serving = (world.members.get(pool) ?? []).filter((name) => servesNow(name, world));
  return {
    staying: serving.filter((name) => !departures.has(name) && !coming.includes(name)),
    leaving: serving.filter((name) => departures.has(name)),
  };
}

/** That one cluster serves in a pool, which what sends work to all of it waits for. None where one serves there throughout, or none is to. */
export function servingFacts(pool: string, members: PoolMembers): readonly Fact[] {
  const first = members.joiners.get(pool)?.[0];
  return first === undefined || listServing(pool, members).staying.length > 0 ? [] : [fact.serving(first)];
}
