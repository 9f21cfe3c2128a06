import { formatAddress } from "../../model/address.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { listSome } from "../../model/text/list-some.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { type Draft, type Fact, fact, type StepDraft } from "../draft/draft-step.ts";
import { append, compareText } from "../input/index-world.ts";
import type { Loss } from "./give-service.ts";
import { listTakers } from "./list-takers.ts";
import type { Preferred } from "./prefer-order.ts";

/** Where runs go by the settings that are there before a plan, as far as they name no queue. */
export interface FollowedQueues {
  /** The queue that runs of a scope go to, by its name: by its own settings, those above, or without any. */
  readonly of: (scope: string) => string;
  /** The queue that settings name themselves. */
  readonly named: (scope: string) => string | undefined;
  /** Whether a queue takes work and reaches a cluster in service. */
  readonly isServed: (queue: string) => boolean;
}

/**
 * Settings name queues: one is named only once it takes work and has a cluster, and goes out of service, by itself or with its clusters, only once no
 * setting that changes names it, or follows those that do.
 * What the `loose` steps would wait for is left out, with a notice of the runs that it concerns: settings for their new queue, drains for
 * the settings of their queue.
 */
export function linkReferences(
  { steps, notices }: Pick<Draft, "steps" | "notices">,
  { followed, lossOf }: { readonly followed: FollowedQueues; readonly lossOf: (queue: string) => Loss },
  loose: ReadonlySet<string>,
): void {
  const settings = steps.filter(({ kind }) => kind === "settings");
  if (settings.length === 0) return;
  const left = new Set(settings.flatMap(({ gives }) => gives));
  const registered = new Set(
    steps.filter(({ kind, op }) => kind === "cluster" && op === "create").map((step) => step.physical_name),
  );
  for (const step of steps) {
    if (step.kind !== "queue" && step.kind !== "cluster") continue;
    const { op, until, physical_name: queue } = step;
    if (op === "create" || op === "activate" || op === "undelete") step.gives.push(fact.queue(queue));
    // A queue that is left from an earlier registration routes nowhere before it names the new one.
    if (step.kind === "queue" && op === "update" && registered.has(queue) && step.set?.clusters !== undefined) {
      step.gives.push(fact.queue(queue));
    }
    // What a new cluster is waited for holds for settings as for queues that name it.
    if (
      step.kind === "cluster" &&
      op === "await" &&
      !step.optional &&
      (until === "registered" || until === "healthy")
    ) {
      step.gives.push(fact.queue(queue));
    }
    // Runs that settings send there would come after it was seen idle.
    if (step.kind === "queue" && op === "await" && until === "idle" && left.has(fact.unreferred(queue))) {
      step.needs.push(fact.unreferred(queue));
    }
    // With the first one, the server makes sure of this queue.
    if (step.kind === "cluster" && op === "create") step.gives.push(fact.queue("default"));
  }
  const isEarly = (step: StepDraft, queue: string) => loose.has(keyOf(step, fact.unreferred(queue)));
  for (const { queue, own, leavers, others } of listTakers(steps, [...left].flatMap(nameLeft), { lossOf, isEarly })) {
    const isLoose = (step: StepDraft) => isEarly(step, queue);
    const early = [...own.filter(isLoose), ...(leavers.every(isLoose) ? leavers : [])];
    if (early.length > 0) notices.push(noteLeft(queue, early, settings, followed));
    for (const step of [...own, ...leavers]) if (!isLoose(step)) step.needs.push(fact.unreferred(queue));
    for (const { id } of leavers) for (const { follows } of others) if (!follows.includes(id)) follows.push(id);
  }
  for (const step of settings) {
    const early = step.needs.filter((need) => loose.has(keyOf(step, need)));
    const former = early.flatMap((need) => nameScope(need) ?? []);
    notices.push(...(former.length > 0 ? noteFormer(step, former, followed) : noteEarly(step, early, steps)));
    step.needs.splice(0, step.needs.length, ...step.needs.filter((need) => !early.includes(need)));
  }
}

/**
 * Opens a circle that settings are part of: their new queue can serve only once their old one is out of service. A queue that comes
 * back under its name may be drained while settings name it, and so may any whose successor is not there yet, as the control plane refuses
 * settings that name no live queue, and one whose settings come to follow wider ones, where these would take their runs from a queue that serves.
 * Otherwise settings are written without waiting for that of their queue which closes the circle: the widest of those that follow each other, as these keep
 * to their turn. Only where the queue that is to be followed is not there yet, and nothing is drained, they give way before. Adds to `loose`; false where
 * none can.
 */
export function loosenReferences(
  circle: readonly string[],
  steps: readonly StepDraft[],
  followed: FollowedQueues,
  loose: Set<string>,
): boolean {
  const turns = listTurns(circle, steps);
  const early = findEarly(turns, steps, followed);
  if (early !== undefined) {
    loosenDrain(early, indexWaiting(steps), loose);
    return true;
  }
  const turn = turns.find(({ isLive }) => isLive) ?? turns.find(({ chain }) => chain.length > 1) ?? turns[0];
  if (turn === undefined) return false;
  const { own, waiter, left } = cutTurn(turn, !turn.isLive && turn.chain.length > 1);
  // With all others that close the same circle, in one go: each costs a drafting.
  for (const step of steps) {
    const isOne =
      step === own || (step.kind === "settings" && step.gives.some((given) => waiter.needs.includes(given)));
    if (isOne) for (const need of step.needs) if (left.includes(need)) loose.add(keyOf(step, need));
  }
  return true;
}

/**
 * What a step waits for of settings that come after it, other waits for settings aside: each of them closes a circle that nothing else opens, and would cost
 * a drafting.
 */
function findCircled(step: StepDraft, waiting: Waiting): readonly Fact[] {
  const after = new Set([step]);
  for (const { id, gives } of after)
    for (const done of [id, ...gives]) for (const next of waiting.get(done) ?? []) after.add(next);
  const given = new Set([...after].flatMap(({ gives }) => gives));
  return step.needs.filter((need) => isUnreferred(need) && given.has(need));
}

/** Steps by the facts that they need, and the ids that they follow, other waits for settings aside. */
type Waiting = ReadonlyMap<string, readonly StepDraft[]>;

function indexWaiting(steps: readonly StepDraft[]): Waiting {
  const waiting = new Map<string, StepDraft[]>();
  for (const one of steps)
    for (const before of [...one.needs, ...one.follows]) if (!isUnreferred(before)) append(waiting, before, one);
  return waiting;
}

/**
 * The same for circles in which clusters wait for settings that leave their queues. Before a queue is created that nothing serves yet: its settings wait
 * for it to be served. Where the first one is such a circle, all that are: each costs a drafting otherwise, and there may be one for every two clusters.
 */
export function loosenLeavers(
  circles: readonly (readonly string[])[],
  steps: readonly StepDraft[],
  followed: FollowedQueues,
  loose: Set<string>,
): boolean {
  const find = (circle: readonly string[]) => {
    const turns = listTurns(circle, steps).filter(({ drain }) => drain?.kind === "cluster");
    return findEarly(turns, steps, followed);
  };
  const [first, ...others] = circles;
  const early = first === undefined ? undefined : find(first);
  if (early === undefined) return false;
  // Those that a queue which goes may open are left to that.
  const going = new Set(steps.filter(({ kind, op }) => kind === "queue" && op === "delete").map(({ id }) => id));
  const more = others.filter((circle) => !circle.some((id) => going.has(id))).flatMap((circle) => find(circle) ?? []);
  const waiting = indexWaiting(steps);
  for (const one of [early, ...more]) loosenDrain(one, waiting, loose);
  return true;
}

type Early = Turn & { readonly drain: StepDraft };

/** A turn whose drain may be done before it. */
function findEarly(turns: readonly Turn[], steps: readonly StepDraft[], followed: FollowedQueues): Early | undefined {
  const early = turns.flatMap((turn) => (turn.drain === undefined ? [] : [{ ...turn, drain: turn.drain }]));
  const returning = listReturning(steps);
  return (
    early.find(({ drain }) => returning.has(drain.physical_name)) ??
    early.find((turn) => !turn.isLive || takesServed(turn, steps, followed))
  );
}

function loosenDrain({ drain, chain }: Early, waiting: Waiting, loose: Set<string>): void {
  for (const need of [...findPassed(drain, chain[0]), ...findCircled(drain, waiting)]) loose.add(keyOf(drain, need));
}

/** Settings that follow each other within a circle. */
interface Turn {
  /** The narrowest first; the last one waits for its queue. */
  readonly chain: readonly [StepDraft, ...StepDraft[]];
  /** What the last one waits for. */
  readonly passed: readonly Fact[];
  /** Whether the queue is there already that this is about. */
  readonly isLive: boolean;
  /** What waits for the first one, and for the last one: the same of one alone. */
  readonly waiters: readonly [StepDraft, StepDraft];
  /** What waits for the first one, where it may be done before. */
  readonly drain: StepDraft | undefined;
}

/** `circle`: each waits for the one after it, the last for the first. */
function listTurns(circle: readonly string[], steps: readonly StepDraft[]): readonly Turn[] {
  const stepOf = new Map(steps.map((step) => [step.id, step]));
  const members = circle.flatMap((id) => stepOf.get(id) ?? []);
  const turns = members.flatMap((step, index): readonly Turn[] => {
    const passed = findPassed(step, members[(index + 1) % members.length]).filter((need) => nameQueue(need) !== null);
    if (step.kind !== "settings" || passed.length === 0) return [];
    const chain: [StepDraft, ...StepDraft[]] = [step];
    const before = (count: number) => members.at(index - count);
    for (let one = before(1); one?.kind === "settings"; one = before(chain.length)) chain.unshift(one);
    const [first, last] = [before(chain.length), before(1)];
    if (first === undefined || last === undefined) return [];
    const isLive = !passed.some((need) => !isServed(need) && steps.some((other) => brings(other, need)));
    const isTaker = first.op === "drain" || (first.kind === "queue" && first.op === "update");
    const awaited = findPassed(first, chain[0]);
    const drain = isTaker && awaited.length > 0 && awaited.every(isUnreferred) ? first : undefined;
    return [{ chain, passed, isLive, waiters: [first, last], drain }];
  });
  return turns.toSorted((one, other) => compareText(one.chain[0].id, other.chain[0].id));
}

function findPassed({ needs }: StepDraft, next: StepDraft | undefined): readonly Fact[] {
  return needs.filter((need) => next?.gives.includes(need));
}

/** What is left out of a turn: what the last of its settings wait for; `first`: what the first of them do. */
function cutTurn({ chain, passed, waiters }: Turn, first: boolean) {
  return first
    ? { own: chain[0], waiter: waiters[0], left: findPassed(chain[0], chain[1]) }
    : { own: chain.at(-1), waiter: waiters[1], left: passed };
}

/** Whether wider settings would name a queue before it takes work, for others' sake alone: their own runs are served, and by no queue that is drained here. */
function takesServed(
  { chain: [first], passed, drain }: Turn,
  steps: readonly StepDraft[],
  followed: FollowedQueues,
): boolean {
  return steps.some(
    (step) =>
      step.kind === "settings" &&
      first.needs.includes(fact.named(step.physical_name)) &&
      step.needs.some((need) => passed.includes(need)) &&
      !step.gives.some((given) => drain?.needs.includes(given)) &&
      followed.isServed(followed.of(step.physical_name)),
  );
}

/** The names of what comes back into service. */
function listReturning(steps: readonly StepDraft[]): ReadonlySet<string> {
  return new Set(steps.filter(({ op }) => op === "activate").map(({ physical_name }) => physical_name));
}

/** Under which a need of a step is `loose`. */
function keyOf({ id }: StepDraft, need: Fact): string {
  return `${need} of ${id}`;
}

function gives(steps: readonly StepDraft[], need: Fact): boolean {
  return steps.some((step) => step.gives.includes(need));
}

/** Whether a step makes a queue that is needed and not live. */
function brings({ kind, op, gives }: StepDraft, need: Fact): boolean {
  return kind !== "settings" && (op === "create" || op === "undelete") && gives.includes(need);
}

/** Scopes named in a notice; more are counted. */
const NAMED_SCOPES = 10;

/** Of a queue that goes out of service while settings name it, or follow those that do. */
function noteLeft(
  queue: string,
  takers: readonly StepDraft[],
  settings: readonly StepDraft[],
  followed: FollowedQueues,
): Notice {
  const leaving = settings.filter(({ gives }) => gives.includes(fact.unreferred(queue)));
  const next = listSome([...new Set(leaving.flatMap(({ needs }) => needs.flatMap((need) => nameQueue(need) ?? [])))]);
  const areNaming = leaving.every((step) => followed.named(step.physical_name) === queue);
  const verb = areNaming ? "name it" : "name it, or follow those that do";
  const addresses = [...takers, ...leaving].map(({ address }) => address);
  return {
    code: "interruption",
    message: `Queue ${queue} goes out of service while settings of ${listScopes(leaving)} still ${verb}, because ${next} takes work only after that: until they name ${next}, runs there that name no queue are refused.`,
    addresses: [...new Set(addresses)],
    queues: [queue],
  };
}

/** Of settings that name a queue, or follow those that do, before it takes work: there, but drained for a while, or without its cluster. */
function noteEarly(step: StepDraft, early: readonly Fact[], steps: readonly StepDraft[]): readonly Notice[] {
  const coming = early.filter((need) => gives(steps, need));
  const verb = step.needs.some((need) => nameScope(need) !== null) ? "follow those that name" : "name";
  const queues = [...new Set(coming.flatMap((need) => nameQueue(need) ?? []))];
  return queues.map((queue) => ({
    code: "interruption",
    message: `Settings of ${listScopes([step])} ${verb} queue ${queue} before it takes work: until then, runs there that name no queue are refused or wait.`,
    addresses: [step.address],
    queues: [queue],
  }));
}

/** Of settings that give way to those above before these name the queue that is to be followed. `above`: the scopes that are not waited for. */
function noteFormer(step: StepDraft, above: readonly string[], followed: FollowedQueues): readonly Notice[] {
  const next = listSome([...new Set(step.needs.flatMap((need) => nameQueue(need) ?? []))]);
  const queues = [...new Set(above.map(followed.of))];
  return [
    {
      code: "interruption",
      message: `Settings of ${listScopes([step])} name no queue before those of ${listSome(above.map(showInLine), NAMED_SCOPES)} name queue ${next}: until then, runs there that name no queue go to queue ${listSome(queues)}.`,
      addresses: [step.address, ...above.map((scope) => formatAddress("settings", scope))],
      queues,
    },
  ];
}

/** Of settings that turn before those below which follow them come to name a queue of their own, as these wait for that. `next`: where runs of a scope go then. */
export function noteFollowers({ step, before }: Preferred, next: (scope: string) => string): Notice {
  const queue = next(step.physical_name);
  return {
    code: "interruption",
    message: `Settings of ${listScopes(before)} change only after those of ${listScopes([step])}, which they follow: in between, runs there that name no queue go to queue ${queue}.`,
    addresses: [step.address, ...before.map(({ address }) => address)],
    queues: [queue],
  };
}

function listScopes(settings: readonly StepDraft[]): string {
  return listSome(
    settings.map((step) => showInLine(step.physical_name)),
    NAMED_SCOPES,
  );
}

/** The queue that settings wait for by a need; null: it is another need. */
function nameQueue(need: Fact): string | null {
  const kind = [fact.queue(""), SERVED].find((start) => need.startsWith(start));
  return kind === undefined ? null : need.slice(kind.length);
}

/** The queue that settings leave, by what they give: none where that is something else. */
function nameLeft(given: Fact): readonly string[] {
  return isUnreferred(given) ? [given.slice(UNREFERRED.length)] : [];
}

/** The scope whose settings are waited for by a need; null: it is another need. */
function nameScope(need: Fact): string | null {
  return need.startsWith(NAMED) ? need.slice(NAMED.length) : null;
}

const NAMED = fact.named("");
const UNREFERRED = fact.unreferred("");
const isUnreferred = (one: Fact) => one.startsWith(UNREFERRED);
const SERVED = fact.served("");
const isServed = (one: Fact) => one.startsWith(SERVED);
