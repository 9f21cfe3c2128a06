import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { type Draft, type Fact, fact, type StepDraft } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
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
  const rows = draft.steps.filter(({ phase }) => phase === null);
  const ways = around.rows.ways.filter(({ from, to }) => from !== to);
  const wayOf = new Map<string, RowWay>(ways.map((way) => [way.address, way]));
  const comingTo = recallComing(around);
  for (const step of rows) {
    const way = wayOf.get(step.address);
    if (way === undefined) continue;
    step.needs.push(...comingTo(way.to));
    step.gives.push(fact.turnedAway(way.from));
  }
  linkLevels(rows, around, comingTo);
  const leavingOf = indexLeaving(draft.steps);
  const handing = new Set(around.wildcards.handOvers.map(({ leaver }) => leaver));
  for (const [pool, from] of Map.groupBy(ways, (way) => way.from)) {
    const leavers = findLeavers(pool, around, handing);
    const waiting = leavers.filter((name) => !loose.has(keyOf(name)));
    for (const step of new Set(waiting.flatMap((name) => leavingOf.get(name) ?? []))) {
      step.needs.push(fact.turnedAway(pool));
    }
    if (waiting.length === 0) draft.notices.push(...noteGap(pool, leavers, from, around));
  }
  for (const { pool, leaver } of around.wildcards.interrupted) draft.notices.push(...noteEmptied(pool, leaver, around));
}

/**
 * Opens circles of rows and clusters that the rows go along with: their new pool is served only once the cluster has left the former one. The
 * cluster leaves first then. All in one go, as each drafting costs a look at the whole plan. Adds to `loose`; false where no circle is one of
 * these.
 */
export function loosenRows(
  circles: readonly (readonly string[])[],
  steps: readonly StepDraft[],
  loose: Set<string>,
): boolean {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const opened = new Set<string>();
  for (const circle of circles) {
    const members = circle.flatMap((id) => stepOf.get(id) ?? []);
    const turned = new Set(members.flatMap(({ gives }) => gives.filter(isTurnedAway)));
    const keys = members
      .filter(({ needs }) => needs.some((need) => turned.has(need)))
      .flatMap(listLeavers)
      .map(keyOf)
      .filter((key) => !loose.has(key));
    // Where another step of the same cluster is part of a circle before, this one may be open with that.
    if (!keys.some((key) => opened.has(key))) for (const key of keys) opened.add(key);
  }
  for (const key of opened) loose.add(key);
  return opened.size > 0;
}

/**
 * Where a row goes, a wider one counts: as the plan writes it, not as it was; one that goes with a wider one goes before anything is written there.
 * Where a row comes, those above it wait for its pool as well: runs of its scope would go by them until it is there.
 */
function linkLevels(
  rows: readonly StepDraft[],
  around: RowSurroundings,
  comingTo: (pool: string) => readonly Fact[],
): void {
  const wayOf = new Map<string, RowWay>(around.rows.ways.map((way) => [way.address, way]));
  const rowSteps = rows.flatMap((step) => {
    const way = wayOf.get(step.address);
    return way === undefined ? [] : [{ step, way }];
  });
  const stepOf = new Map(rowSteps.map(({ step, way }) => [way.scope, step]));
  // Also what a part of the plan leaves in place: what changes below it comes after that delete, and is left out with it.
  const gone = new Set(rows.flatMap(({ op, gives }) => (op === "delete" ? gives : [])));
  for (const { step, way } of rowSteps) {
    const scopes = listScopesAbove(way.scope);
    const above = scopes.flatMap((scope) => stepOf.get(scope) ?? []);
    if (step.op === "create") for (const wider of above) wider.needs.push(...comingTo(way.to));
    const isAlone = step.op === "delete" && !scopes.some((scope) => gone.has(fact.removed(step.kind, scope)));
    if (isAlone) step.follows.push(...above.map(({ id }) => id));
  }
}

/** What a row that comes to name a pool waits for: found once for each pool. */
function recallComing(around: RowSurroundings): (pool: string) => readonly Fact[] {
  const { interrupted, late = [] } = around.wildcards;
  const unserved = new Set([...interrupted.map(({ pool }) => pool), ...late]);
  const known = new Map<string, readonly Fact[]>();
  return (pool) => {
    const facts = known.get(pool) ?? listComing(pool, around, unserved);
    known.set(pool, facts);
    return facts;
  };
}

/** `unserved`: pools that have no cluster for a while within the plan. */
function listComing(pool: string, around: RowSurroundings, unserved: ReadonlySet<string>): readonly Fact[] {
  const { staying, leaving } = listServing(pool, around);
  if (staying.length > 0 || (leaving.length > 0 && !unserved.has(pool))) return [];
  return [...servingFacts(pool, around), fact.mapped(pool)];
}

/** The clusters whose leaving may empty a pool: none where others stay, or where one takes over. */
function findLeavers(pool: string, around: RowSurroundings, handing: ReadonlySet<string>): readonly string[] {
  const { staying, leaving } = listServing(pool, around);
  return staying.length > 0 || leaving.some((name) => handing.has(name)) ? [] : leaving;
}

/** The steps by which each cluster leaves. */
function indexLeaving(steps: readonly StepDraft[]): ReadonlyMap<string, readonly StepDraft[]> {
  const leaving = new Map<string, StepDraft[]>();
  for (const step of steps) for (const name of listLeavers(step)) append(leaving, name, step);
  return leaving;
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
function noteGap(
  pool: string,
  leavers: readonly string[],
  ways: readonly RowWay[],
  around: RowSurroundings,
): readonly Notice[] {
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
