import { parseAddress } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { OpenIntent } from "../model/ledger/ledger.ts";
import { nameRow } from "../model/objects/attributes.ts";
import { listLeftBehind } from "../plan/ownership/note-ownership.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isIdle, readWork } from "./read-condition.ts";
import { describeIntent, listDisplaced, type Reported } from "./recall.ts";
import { settleRefusals } from "./settle-refusals.ts";
import { mayBeOut, settleReturned, settleWrites } from "./settle-writes.ts";

/** The outcome of a run, as far as it closes journal entries. */
export interface Ended {
  /** Addresses that have something left to do. */
  readonly unfinished: ReadonlySet<string>;
  /** Addresses that are recorded as they are now. */
  readonly recorded: ReadonlySet<string>;
  /** Whether a whole plan was applied. */
  readonly whole: boolean;
}

/** What is needed to close journal entries. */
export type Settling = Pick<ApplyContext, "ledger" | "plan" | "run_id" | "reader">;

/**
 * Closes the journal entries of this run, and of those that its plan continued, that have nothing left to do, regardless of other changes
 * that are held or failed: no later run may mistake an old entry for a new one. Rows that a delete took along are removed one by one. The entry
 * of a registration is settled once it is on record, or is not live: one that appears later is foreign. Entries of queues that were written
 * out or released a cluster are settled only by a whole plan; and as long as a queue that released one has work, a later plan that deletes the
 * cluster has to wait for it.
 */
export async function settleIntents(settling: Settling, ended: Ended): Promise<void> {
  const { ledger, plan, run_id, reader } = settling;
  await settleRefusals(settling, ended.unfinished);
  await settleReturned(settling, ended.unfinished);
  const told = listLeftBehind(plan);
  const settled = new Set<string>(plan.ownership.settle);
  const isDone = (address: string) => settled.has(address) && !ended.unfinished.has(address);
  const isOwn = (intent: OpenIntent) => intent.run_id === run_id;
  const open = (await ledger.readOpenIntents()).filter((intent) => isOwn(intent) || settled.has(intent.address));
  const released = ended.whole ? open.flatMap((intent) => describeIntent(intent).released?.queue ?? []) : [];
  const idle = await readIdleQueues([...new Set(released)], reader);
  // The latest first: an entry is never closed before those that depend on it.
  for (const intent of open.toReversed()) {
    const rows = listDisplaced(intent);
    // Rows that this run itself has taken along are not in its plan.
    const left = ended.whole ? [] : rows.filter((row) => isOwn(intent) || !isDone(nameRow(row)));
    if (left.length > 0 || ended.unfinished.has(intent.address)) {
      if (left.length < rows.length) await ledger.replaceBody(intent.id, { ...intent.body, displaced: left });
      continue;
    }
    const { released: queue, given_up } = describeIntent(intent);
    const drained = given_up?.drained ?? null;
    // A user has to decide, regardless of the plans that are applied in the meantime.
    if (drained !== null && told.has(intent.address) && (await mayBeOut(drained, reader))) continue;
    if (isReported(intent, told)) continue;
    if (queue !== null && !idle.has(queue.queue)) {
      // From now on it is kept only for its work in flight.
      if (ended.whole && given_up?.queue) await ledger.replaceBody(intent.id, { is_told: true } satisfies Reported);
      continue;
    }
    // An entry of a restored backup is only reported until then.
    const isKept = intent.phase === "write-out" || intent.status === "restored";
    if (!ended.whole && drained === null && (isKept || !(await isOver(intent, ended, settling)))) continue;
    // Nothing has shown its outcome, and nothing will.
    if (!isOwn(intent) && intent.status !== "intent") await ledger.recordChange(intent.id, "unanswered");
    await ledger.closeIntent(intent.id, "settled by a later run");
  }
}

/**
 * The same where no step of a whole plan runs: entries that it has nothing to do for are settled. Call it, and read for it, only while no
 * other run writes.
 */
export async function settleIdle({ ledger, plan, reader }: Omit<Settling, "run_id">): Promise<void> {
  const unfinished = new Set([...plan.changes, ...plan.steps].map(({ address }) => address));
  await settleIntents({ ledger, plan, reader, run_id: "" }, { unfinished, recorded: new Set(), whole: false });
}

/**
 * The same where a whole plan has nothing to do and holds nothing: an earlier run has applied it, and was killed before it recorded that.
 * Entries of a restored backup stay open to be reported.
 */
export async function settleDone({ ledger, ...settling }: Omit<Settling, "run_id">): Promise<void> {
  const ofRuns: typeof ledger = {
    ...ledger,
    readOpenIntents: async () => (await ledger.readOpenIntents()).filter((intent) => !isKeptReport(intent)),
  };
  const ended = { unfinished: new Set<string>(), recorded: new Set<string>(), whole: true };
  await settleIntents({ ...settling, ledger: ofRuns, run_id: "" }, ended);
}

/** Settings of a restored backup that are still set: what is reported of them ends once they are gone, or a manifest names them. */
function isReported(intent: OpenIntent, told: ReadonlySet<string>): boolean {
  const { given_up } = describeIntent(intent);
  return given_up !== null && Object.keys(given_up.settings).length > 0 && told.has(intent.address);
}

/** What an entry of a restored backup reports ends with a whole plan that is applied; a drain ends with its object's return to service. */
function isKeptReport(intent: OpenIntent): boolean {
  return intent.status === "restored" && describeIntent(intent).given_up?.drained === null;
}

/** From now on the writes that a rollout has begun count as applied or undone. Call it when a whole plan was applied. */
export async function settleBegun({ ledger, plan, reader }: Omit<Settling, "run_id">): Promise<void> {
  // An object that is as wanted without a step has no record of its own. Without pruning, it may be another folder's.
  const settled = new Set<string>(plan.ownership.settle);
  const begun = (await ledger.readOwnWrites()).filter(
    ({ address }) => plan.options.prune !== "none" || settled.has(address),
  );
  for (const address of new Set(begun.map((write) => write.address))) {
    await settleWrites(address, { ledger, plan, reader });
  }
}

/** Whether the entry of a registration is settled; that of any other write is, once its address is done. */
async function isOver(intent: OpenIntent, { recorded }: Ended, { plan, reader }: Settling): Promise<boolean> {
  const { names, files } = describeIntent(intent);
  if ((names.length === 0 && files.length === 0) || recorded.has(intent.address)) return true;
  if (plan.ownership.claim.some(({ address }) => address === intent.address)) return false;
  const there = await Promise.all(names.map((name) => isThere(intent, name, reader)));
  return !there.includes(true);
}

/** Whether an object is live, or that is unknown. For rows and files the plan itself decides. */
async function isThere({ address }: OpenIntent, name: string, reader: Settling["reader"]): Promise<boolean> {
  const read = {
    cluster_pool: async () => (await reader.getPool(name))?.deleted === false,
    cluster: async () => isLive(await reader.getCluster(name)),
    queue: async () => isLive(await reader.getQueue(name)),
  }[parseAddress(address)?.kind as string];
  return read === undefined ? false : ((await read().catch(ignoreFault)) ?? true);
}

function isLive(object: { readonly state: string } | undefined): boolean {
  return object !== undefined && object.state !== "deleted";
}

/** The queues that are known to have no work. */
async function readIdleQueues(names: readonly string[], reader: ApplyContext["reader"]): Promise<ReadonlySet<string>> {
  const idle = new Set<string>();
  for (const name of names) {
    const queue = await reader.getQueue(name).catch(ignoreFault);
    if (queue === undefined) idle.add(name);
    else if (queue !== null) {
      const work = await readWork(queue, reader).catch(ignoreFault);
      if (work != null && isIdle(work)) idle.add(name);
    }
  }
  return idle;
}

/** An object that cannot be read now is settled by a later run. */
function ignoreFault(error: unknown): null {
  if (error instanceof OperationalError) return null;
  throw error;
}
