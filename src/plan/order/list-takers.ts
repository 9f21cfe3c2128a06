import type { StepDraft } from "../draft/draft-step.ts";
import { append } from "../input/index-world.ts";
import { isTurn, type Loss } from "./give-service.ts";

/** The steps that take a queue its service. */
interface Takers {
  readonly queue: string;
  /** Those of the queue itself, or of its own cluster. */
  readonly own: readonly StepDraft[];
  /** Those of clusters that serve it and leave, where these do not wait for the queue itself. */
  readonly leavers: readonly StepDraft[];
  /** Those that come after these instead, so that a plan does not hold the product of all clusters of a pool and all queues there. */
  readonly others: readonly StepDraft[];
}

/** How often clusters wait for queues by themselves. */
const MOST_WAITS = 10_000;

/** How many of a queue's clusters may be the one that waits alone: each that turns out to be waited for in turn costs a drafting. */
const MOST_CANDIDATES = 4;

/**
 * What takes each of some queues its service. Linear in steps and in what they wait for, and in the clusters that leave each queue. `isEarly`: whether
 * a step may be done before the settings that leave a queue.
 */
export function listTakers(
  drafts: readonly StepDraft[],
  queues: readonly string[],
  {
    lossOf,
    isEarly,
  }: {
    readonly lossOf: (queue: string) => Loss;
    readonly isEarly: (step: StepDraft, queue: string) => boolean;
  },
): readonly Takers[] {
  const wanted = new Set(queues);
  const ownOf = Map.groupBy(
    drafts.filter(({ kind, physical_name }) => (kind === "queue" || kind === "cluster") && wanted.has(physical_name)),
    ({ physical_name }) => physical_name,
  );
  const leavingOf = new Map<string, StepDraft>();
  for (const step of drafts) {
    if (step.kind === "cluster" && isLeaving(step) && !leavingOf.has(step.physical_name))
      leavingOf.set(step.physical_name, step);
  }
  let awaited: ReadonlySet<StepDraft> | undefined;
  return queues.map((queue) => {
    const loss = lossOf(queue);
    const steps = ownOf.get(queue) ?? [];
    const out = steps.filter(isLeaving);
    // What it does before it goes out of service itself does not end its service, unless it names no cluster in service from then on.
    const early =
      out[0] === undefined ? steps : steps.slice(0, steps.indexOf(out[0])).filter(({ phase }) => phase === null);
    const turn = loss.isLast ? early.find(isTurn) : undefined;
    const own = turn === undefined ? out : [turn, ...out];
    const [first] = own;
    const last = first === undefined ? [] : steps.slice(steps.indexOf(first));
    const given = new Set(last.flatMap(({ kind, gives }) => (kind === "queue" ? gives : [])));
    const leaving = loss.leavers.flatMap((name) => leavingOf.get(name) ?? []);
    const isAwaited = given.size > 0 && leaving.some(({ needs }) => needs.some((need) => given.has(need)));
    const all = isAwaited ? [] : leaving.filter((step) => !out.includes(step));
    if (all.length * queues.length <= MOST_WAITS) return { queue, own, leavers: all, others: [] };
    const before = awaited ?? findAwaited(drafts);
    awaited = before;
    // What settings wait for in turn goes as soon as it can, and so does what turned out to be waited for.
    const [free, bound] = [all.filter((step) => !before.has(step)), all.filter((step) => before.has(step))];
    const few = [...free, ...bound].slice(0, MOST_CANDIDATES);
    const chosen = few.find((step) => !isEarly(step, queue));
    if (chosen === undefined) return { queue, own, leavers: few, others: [] };
    const others = free.filter((step) => step !== chosen && !isEarly(step, queue));
    return { queue, own, leavers: [chosen], others };
  });
}

/** What settings come after, as far as it is linked. */
function findAwaited(steps: readonly StepDraft[]): ReadonlySet<StepDraft> {
  // By what they give, and by their ids.
  const giving = new Map<string, StepDraft[]>();
  for (const step of steps) for (const given of [step.id, ...step.gives]) append(giving, given, step);
  const before = new Set(steps.filter(({ kind }) => kind === "settings"));
  for (const { needs, follows } of before)
    for (const given of [...needs, ...follows]) for (const step of giving.get(given) ?? []) before.add(step);
  return before;
}

const isLeaving = ({ op }: StepDraft) => op === "drain" || op === "delete";
