import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { type Draft, type Fact, fact, type StepDraft } from "../draft/draft-step.ts";
import { listScopesAbove } from "../placements/order-cascades.ts";
import { listServing, type PoolMembers, servingFacts } from "../steps/serving-facts.ts";
import type { RowWay, RowWays } from "./list-row-ways.ts";
import type { WildcardOrder } from "./order-departures.ts";

/** What the order of rows depends on. */
export interface RowSurroundings extends PoolMembers {
  readonly rows: RowWays;
  /** What clusters hand over to each other: a pool with rows is served throughout, as one with `*` queues is, unless it is interrupted. */
  readonly wildcards: WildcardOrder;
}

/**
 * Rows of flyteadmin name pools: one is named only once a cluster serves there, and loses its last one only once the rows that change name it
 * no more. What the `loose` clusters would wait for is left out. Where runs reach no cluster for a while, a notice says so.
 */
export function linkRows(draft: Draft, around: RowSurroundings, loose: ReadonlySet<string>): void {
  const ways = around.rows.ways.filter(({ from, to }) => from !== to);
  const wayOf = new Map<string, RowWay>(ways.map((way) => [way.address, way]));
  for (const step of draft.steps) {
    const way = step.phase === null ? wayOf.get(step.address) : undefined;
    if (way === undefined) continue;
    step.needs.push(...comingFacts(way.to, around));
    step.gives.push(fact.turnedAway(way.from));
  }
  linkLevels(draft, around);
  const pools = Map.groupBy(ways, ({ from }) => from);
  for (const [pool, from] of pools) {
    const waiting = findWaiting(pool, around).filter((name) => !loose.has(keyOf(name)));
    for (const step of draft.steps) {
      if (listLeavers(step).some((name) => waiting.includes(name))) step.needs.push(fact.turnedAway(pool));
    }
    if (waiting.length === 0) draft.notices.push(...noteGap(pool, from, around));
  }
  for (const { pool, leaver } of around.wildcards.interrupted) draft.notices.push(...noteEmptied(pool, leaver, around));
}

/**
 * Opens a circle of a row and a cluster that the row goes along with: its new pool is served only once the cluster has left the former one. The
 * cluster leaves first then. Adds to `loose`; false where the circle is none of these.
 */
export function loosenRows(circle: readonly string[], steps: readonly StepDraft[], loose: Set<string>): boolean {
  const members = steps.filter(({ id }) => circle.includes(id));
  const turned = new Set(members.flatMap(({ gives }) => gives.filter(isTurnedAway)));
  const keys = members
    .filter(({ needs }) => needs.some((need) => turned.has(need)))
    .flatMap(listLeavers)
    .map(keyOf)
    .filter((key) => !loose.has(key));
  for (const key of keys) loose.add(key);
  return keys.length > 0;
}

/**
 * Where a row goes, a wider one counts: as the plan writes it, not as it was; one that goes with a wider one goes before anything is written there.
 * Where a row comes, those above it wait for its pool as well: runs of its scope would go by them until it is there.
 */
function linkLevels({ steps }: Draft, around: RowSurroundings): void {
  const wayOf = new Map<string, RowWay>(around.rows.ways.map((way) => [way.address, way]));
  const rowSteps = steps.flatMap((step) => {
    const way = step.phase === null ? wayOf.get(step.address) : undefined;
    return way === undefined ? [] : [{ step, way }];
  });
  const stepOf = new Map(rowSteps.map(({ step, way }) => [way.scope, step]));
  for (const { step, way } of rowSteps) {
    const above = listScopesAbove(way.scope).flatMap((scope) => stepOf.get(scope) ?? []);
    if (step.op === "create") for (const wider of above) wider.needs.push(...comingFacts(way.to, around));
    const isAlone = step.op === "delete" && above.every(({ op }) => op !== "delete");
    if (isAlone) step.follows.push(...above.map(({ id }) => id));
  }
}

/** What a row that comes to name a pool waits for. */
function comingFacts(pool: string, around: RowSurroundings): readonly Fact[] {
  const { staying, leaving } = listServing(pool, around);
  const isInterrupted = around.wildcards.interrupted.some((one) => one.pool === pool);
  if (staying.length > 0 || (leaving.length > 0 && !isInterrupted)) return [];
  return [...servingFacts(pool, around), fact.mapped(pool)];
}

/** The clusters whose leaving may empty a pool: none where others stay, or where one takes over. */
function findWaiting(pool: string, around: RowSurroundings): readonly string[] {
  const { staying, leaving } = listServing(pool, around);
  const handing = new Set(around.wildcards.handOvers.map(({ leaver }) => leaver));
  return staying.length > 0 || leaving.some((name) => handing.has(name)) ? [] : leaving;
}

/** The clusters that a step takes out of service, or whose work it sees end. */
function listLeavers(step: StepDraft): readonly string[] {
  const { kind, op, until, physical_name: name } = step;
  if (kind === "cluster")
    return op === "drain" || op === "move" || op === "delete" || until === "drained" ? [name] : [];
  return until === "idle" ? step.gives.filter((one) => one.startsWith(IDLE)).map((one) => one.slice(IDLE.length)) : [];
}

const IDLE = fact.idle("");

function isTurnedAway(one: Fact): boolean {
  return one.startsWith(fact.turnedAway(""));
}

function keyOf(leaver: string): string {
  return `row of ${leaver}`;
}

/** Scopes named in a notice; more are counted. */
const NAMED_ROWS = 10;

/** Of rows that follow the only clusters of their pool. */
function noteGap(pool: string, ways: readonly RowWay[], around: RowSurroundings): readonly Notice[] {
  const leavers = findWaiting(pool, around);
  if (leavers.length === 0) return [];
  const until = `the ${ways.length === 1 ? "row names" : "rows name"} ${listSome([...new Set(ways.map(({ to }) => to))])}`;
  const addresses = [...listAddresses(leavers, around), ...ways.map(({ address }) => address)];
  return [describeGap({ pool, leavers, scopes: ways.map(({ scope }) => scope), until }, addresses)];
}

/** Of rows that stay at a pool whose last cluster leaves before its next one serves. */
function noteEmptied(pool: string, leaver: string, around: RowSurroundings): readonly Notice[] {
  const scopes = [...(around.rows.staying.get(pool) ?? [])];
  if (scopes.length === 0) return [];
  const addresses = listAddresses([leaver], around);
  return [describeGap({ pool, leavers: [leaver], scopes, until: "the next one serves" }, addresses)];
}

interface Gap {
  readonly pool: string;
  readonly leavers: readonly string[];
  readonly scopes: readonly string[];
  readonly until: string;
}

function describeGap({ pool, leavers, scopes, until }: Gap, addresses: Notice["addresses"]): Notice {
  const message = `Pool ${pool} has no cluster in service from when ${listSome(leavers)} leaves until ${until}: runs of ${listSome(scopes.map(showInLine), NAMED_ROWS)} by cluster pool attributes reach no cluster until then.`;
  return { code: "interruption", message, addresses };
}

function listAddresses(leavers: readonly string[], { departures }: RowSurroundings): Notice["addresses"] {
  return leavers.flatMap((name) => departures.get(name)?.address ?? []);
}
