import { parseAddress } from "../model/address.ts";
import { nameRow } from "../model/attributes.ts";
import type { OpenIntent } from "../model/ledger.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { ApplyContext } from "./apply-context.ts";
import { isIdle } from "./read-condition.ts";
import { describeIntent, listDisplaced, type Told } from "./recall.ts";
import { settleRefusals } from "./settle-refusals.ts";

/**
 * Enters into the change log what runs have sent that ended before they knew its outcome, and that the plan goes on with: before anything
 * that this run writes. Whether it was carried out nothing tells for certain, and the entry says so.
 */
export async function logUnanswered({ ledger, plan, run_id, cause }: ApplyContext): Promise<void> {
  if (cause === null) return;
  const settled = new Set(plan.ownership.settle);
  for (const { id, run_id: run, address, status } of await ledger.readOpenIntents()) {
    if (run === run_id || status === "intent" || !settled.has(address)) continue;
    await ledger.recordChange(id, "unanswered");
  }
}

/** What a run has come to, as far as it closes journal entries. */
export interface Ended {
  /** Addresses of which something is left to do. */
  readonly unfinished: ReadonlySet<string>;
  /** Addresses that are on record as they are now. */
  readonly recorded: ReadonlySet<string>;
  /** Whether a whole plan was carried out. */
  readonly whole: boolean;
}

/** What is needed to close journal entries. */
export type Settling = Pick<ApplyContext, "ledger" | "plan" | "run_id" | "reader">;

/**
 * Closes, of what this run and those that its plan went on with left open, what nothing is left to do for, whatever else is held or
 * has failed: no later run may take an old entry for news. Rows that a delete took along are struck one by one. A registration is
 * over once it is on record, or is not there: whoever makes it later is somebody else. What queues were written out for or let go of
 * is over only with a whole plan; and as long as one that let go has work, a later plan that deletes the cluster has to wait for it.
 */
export async function settleIntents(settling: Settling, ended: Ended): Promise<void> {
  const { ledger, plan, run_id, reader } = settling;
  await settleRefusals(settling, ended.unfinished);
  const settled = new Set<string>(plan.ownership.settle);
  const isDone = (address: string) => settled.has(address) && !ended.unfinished.has(address);
  const isOwn = (intent: OpenIntent) => intent.run_id === run_id;
  const open = (await ledger.readOpenIntents()).filter((intent) => isOwn(intent) || settled.has(intent.address));
  const released = ended.whole ? open.flatMap((intent) => describeIntent(intent).released?.queue ?? []) : [];
  const idle = await readIdleQueues([...new Set(released)], reader);
  // The latest first: what an earlier entry explains is never left without it.
  for (const intent of open.toReversed()) {
    const rows = listDisplaced(intent);
    // What this run has taken along itself, its plan knows nothing of.
    const left = ended.whole ? [] : rows.filter((row) => isOwn(intent) || !isDone(nameRow(row)));
    if (left.length > 0 || ended.unfinished.has(intent.address)) {
      if (left.length < rows.length) await ledger.replaceBody(intent.id, { ...intent.body, displaced: left });
      continue;
    }
    const { released: queue, given_up } = describeIntent(intent);
    if (queue !== null && !idle.has(queue.queue)) {
      // It is kept for its work alone from now on.
      if (ended.whole && given_up?.queue) await ledger.replaceBody(intent.id, { is_told: true } satisfies Told);
      continue;
    }
    // What a backup brought back is told until then: nothing else is done about it.
    const isKept = intent.phase === "write-out" || intent.status === "restored";
    if (!ended.whole && (isKept || !(await isOver(intent, ended, settling)))) continue;
    // Whether it was carried out nothing tells, and nothing will.
    if (!isOwn(intent) && intent.status !== "intent") await ledger.recordChange(intent.id, "unanswered");
    await ledger.closeIntent(intent.id, "settled by a later run");
  }
}

/**
 * The same where nothing of a whole plan runs: what it has nothing to do for is over. Only to be done, and to be read for, while nobody
 * else writes.
 */
export async function settleIdle({ ledger, plan, reader }: Omit<Settling, "run_id">): Promise<void> {
  const unfinished = new Set([...plan.changes, ...plan.steps].map(({ address }) => address));
  await settleIntents({ ledger, plan, reader, run_id: "" }, { unfinished, recorded: new Set(), whole: false });
}

/**
 * The same where a whole plan has nothing to do and holds nothing: an earlier run has carried it out, and was killed before it could say so.
 * What a backup brought back stays to be told.
 */
export async function settleDone({ ledger, ...settling }: Omit<Settling, "run_id">): Promise<void> {
  const ofRuns: typeof ledger = {
    ...ledger,
    readOpenIntents: async () => (await ledger.readOpenIntents()).filter(({ status }) => status !== "restored"),
  };
  const ended = { unfinished: new Set<string>(), recorded: new Set<string>(), whole: true };
  await settleIntents({ ...settling, ledger: ofRuns, run_id: "" }, ended);
}

/** From now on what a rollout has begun counts as applied or undone. To be called when a whole plan was carried out. */
export async function settleBegun({ ledger, plan }: Pick<Settling, "ledger" | "plan">): Promise<void> {
  // What is as wanted without a step has no record of its own. Where nothing is pruned, it may be another folder's.
  const begun = plan.options.prune === "none" ? [] : await ledger.readOwnWrites();
  for (const address of new Set(begun.map((write) => write.address))) await ledger.settleOwnWrites(address);
}

/** Whether nothing is to be known any more of a registration; of any other write nothing is, once its address is done. */
async function isOver(intent: OpenIntent, { recorded }: Ended, { plan, reader }: Settling): Promise<boolean> {
  const { names, files } = describeIntent(intent);
  if ((names.length === 0 && files.length === 0) || recorded.has(intent.address)) return true;
  if (plan.ownership.claim.some(({ address }) => address === intent.address)) return false;
  const there = await Promise.all(names.map((name) => isThere(intent, name, reader)));
  return !there.includes(true);
}

/** Whether an object is there, or can't be told not to be. Of rows and files the plan itself says it. */
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
      const work = await reader.readInFlight([{ name, pool: queue.spec.cluster_pool }]).catch(ignoreFault);
      const figures = work?.get(name);
      if (figures !== undefined && isIdle(figures)) idle.add(name);
    }
  }
  return idle;
}

/** What can't be told now is told by a later run. */
function ignoreFault(error: unknown): null {
  if (error instanceof OperationalError) return null;
  throw error;
}
