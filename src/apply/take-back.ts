import type { Address } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { OwnWrite } from "../model/ledger/ledger.ts";
import { isStillParked, listOwnDrains, type OwnDrain } from "../model/ledger/own-drains.ts";
import { type DrainedObject, type RefusedChange, SERVER_REFUSED } from "../model/ledger/refusal.ts";
import type { LiveQueue } from "../model/objects/live.ts";
import { REFUSAL_CODES, type StepResult } from "../model/plan/apply-report.ts";
import type { Step } from "../model/plan/step.ts";
import { draftTakeBack, hashGrounds, hashWanted } from "../plan/unfinished/handle-refusals.ts";
import { readEveryScope } from "../systems/control-plane/read-every-scope.ts";
import type { ApplyContext } from "./apply-context.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { isOutOfService, isReplaced, isWantedDrained } from "./is-out-of-service.ts";
import { runStep } from "./run-step.ts";
import { noteTakenBack } from "./settle-refusals.ts";

/** The writes that were refused in a run, and how it reverted the drains that were made for them. */
export interface Refusals {
  /**
   * Puts back into service what was drained for a step with this result, if it was refused permanently; returns the result, with a message
   * about that. Call it when the step has ended, and again when all others have: drains that were in flight are taken back then.
   */
  takeBack(step: Step, result: StepResult): Promise<StepResult>;
  /** The refused step because of which an address is given up; undefined: it is not given up. */
  givenUp(address: Address): string | undefined;
  /** All given-up addresses, sorted. */
  listGivenUp(): readonly Address[];
  /** The refused step because of which an object was put back into service; undefined: it was not. */
  wasTakenBack(object: Pick<Step, "kind" | "physical_name">): string | undefined;
  /** The results of the steps that put objects back into service. */
  readonly results: ReadonlyMap<string, StepResult>;
}

/** Whether a write that something may have been drained for was refused permanently: a retry without a change is refused again. */
function isRefusedPermanently({ op, kind, status, code }: StepResult): boolean {
  const isAfterDrain = DRAINED_FOR.has(op) && (kind === "cluster" || kind === "queue");
  return isAfterDrain && status === "failed" && code !== null && REFUSAL_CODES.has(code);
}

/** What objects are drained for; a queue changes its pool by an update. */
const DRAINED_FOR: ReadonlySet<Step["op"]> = new Set(["delete", "move", "update"]);

/**
 * Tracks the refusals of a run. An object that was drained for a refused change would never take work again: it is put back into service, and
 * the change is recorded as refused, so that neither the next plan nor the same approval drains the object again.
 */
export function createRefusals(context: ApplyContext): Refusals {
  const givenUp = new Map<Address, string>();
  /** The refused step by the step that takes a drain back. */
  const taken = new Map<string, string>();
  /** The control plane's message by the refused step. */
  const refused = new Map<string, string>();
  const results = new Map<string, StepResult>();
  const kept = new Map<string, { readonly id: string; body: RefusedChange }>();
  const keep = async (
    step: Step,
    message: string,
    addresses: readonly Address[],
    drained: readonly DrainedObject[],
  ) => {
    const { ledger, clock, run_id } = context;
    const body = { ...(kept.get(step.id)?.body ?? (await describeRefused(step, addresses, context))), drained };
    const known = kept.get(step.id);
    if (known !== undefined) {
      known.body = body;
      return ledger.replaceBody(known.id, body);
    }
    const former = await ledger.readRefusals();
    const { id: step_id, address, physical_name, op } = step;
    const at = new Date(clock.now()).toISOString();
    const id = await ledger.recordRefusal({ run_id, step_id, address, physical_name, op, body, at, message });
    kept.set(step.id, { id, body });
    // The newest refusal has the current state: an override of an earlier one is spent.
    for (const { id, wanted } of former) if (addresses.some((name) => name in wanted)) await ledger.endRefusal(id);
  };
  const putBack = async (step: Step, drained: readonly DrainedObject[]) => {
    for (const back of draftTakeBack(drained)) {
      const result = await runStep(back, context, (done) => noteTakenBack(done, context));
      results.set(back.id, result);
      taken.set(back.id, step.id);
    }
  };
  const work = async (step: Step, message: string) => {
    const addresses = listDependents(step, context);
    const drained = await findDrained(addresses, context);
    if (drained.length === 0) return;
    for (const address of addresses) givenUp.set(address, step.id);
    await keep(step, message, addresses, drained);
    await putBack(step, drained);
  };
  const explain = (step: Step, message: string) => {
    if (!kept.has(step.id)) return explainRefusal(step, message, context);
    const [back, left] = listBoth(step);
    const out = left.map(({ physical_name, message: why }) => `${physical_name} is still out of service: ${why}`);
    const served = back.length === 0 ? [] : [`Back in service: ${back.map(nameOf).join(", ")}.`];
    return [message, ...served, ...out, NOT_RETRIED].join(" ");
  };
  const listBoth = (step: Step) => {
    const own = [...results.values()].filter((result) => taken.get(result.id) === step.id);
    return [
      own.filter(({ status }) => status === "applied"),
      own.filter(({ status }) => status !== "applied"),
    ] as const;
  };
  return {
    results,
    givenUp: (address) => givenUp.get(address),
    listGivenUp: () => [...givenUp.keys()].sort(),
    wasTakenBack: ({ kind, physical_name }) =>
      [...results.values()]
        .filter(
          (result) => result.status === "applied" && result.kind === kind && result.physical_name === physical_name,
        )
        .map(({ id }) => taken.get(id))[0],
    takeBack: async (step, result) => {
      if (!isRefusedPermanently(result) || context.signal.aborted) return result;
      const message = refused.get(step.id) ?? result.message ?? "";
      refused.set(step.id, message);
      try {
        await work(step, message);
        return { ...result, message: explain(step, message) };
      } catch (error) {
        if (!(error instanceof OperationalError)) throw error;
        return {
          ...result,
          message: `${message} What was drained for it was not put back into service: ${error.message}`,
        };
      }
    },
  };
}

const NOT_RETRIED = `It is not retried automatically: remove the cause and allow a retry (a daemon: approve the plan with the override ${SERVER_REFUSED}; apply: --allow ${SERVER_REFUSED}), or revert the change in the manifests.`;

/** The address of a step and those of the steps that depend on it: without it, none of them completes. */
function listDependents(step: Step, { plan }: ApplyContext): readonly Address[] {
  const after = new Set([step.id]);
  // Steps are in order: each stands after its dependencies.
  for (const other of plan.steps) if (other.after.some((id) => after.has(id))) after.add(other.id);
  return [...new Set(plan.steps.filter(({ id }) => after.has(id)).map(({ address }) => address))];
}

/**
 * The objects that poolkeeper has drained for changes at some addresses, in this run or in one that it continued, and that are still out of
 * service. Excluded are objects that their manifest wants drained or that were deleted before; queues that are parked still, or were
 * moved to where no cluster serves; and registrations whose successor takes the work now.
 */
async function findDrained(addresses: readonly Address[], context: ApplyContext): Promise<readonly DrainedObject[]> {
  const { ledger, reader } = context;
  const written = (await ledger.readOwnWrites()).filter(({ address }) => addresses.includes(address));
  const drained = listOwnDrains(written)
    .filter(({ is_restored }) => !is_restored)
    .filter((object) => !isReplaced(object, context) && !isWantedDrained(object, context));
  const isOut = await Promise.all(drained.map((drain) => isOutOfService(drain, reader)));
  const out = drained.filter((_object, index) => isOut[index]);
  const clusters = out.some(({ kind }) => kind === "queue") ? await reader.listClusters("live") : [];
  const serves = ({ state, name }: (typeof clusters)[number]) =>
    state === "active" || out.some((object) => object.kind === "cluster" && object.name === name);
  const serving = new Set(clusters.filter(serves).map(({ pool }) => pool));
  const mayComeBack = async (drain: OwnDrain) => {
    const live = drain.kind === "queue" ? await reader.getQueue(drain.name) : undefined;
    return !isStillParked(drain, live) && (live === undefined || !isMovedToNone(live, { written, serving }));
  };
  const isChosen = await Promise.all(out.map(mayComeBack));
  return out.filter((_object, index) => isChosen[index]).map(({ kind, name, address }) => ({ kind, name, address }));
}

/** Whether a queue was moved to all clusters of a pool in which none is in service: its work would wait for a cluster that may never come. */
function isMovedToNone(
  { name, spec }: LiveQueue,
  { written, serving }: { readonly written: readonly OwnWrite[]; readonly serving: ReadonlySet<string> },
): boolean {
  const isMoved = ({ kind, physical_name, set }: OwnWrite) =>
    kind === "queue" && physical_name === name && set.cluster_pool === spec.cluster_pool;
  return spec.clusters.includes("*") && !serving.has(spec.cluster_pool) && written.some(isMoved);
}

async function describeRefused(
  step: Step,
  addresses: readonly Address[],
  context: ApplyContext,
): Promise<Omit<RefusedChange, "drained">> {
  const { changeOf } = context;
  const kind = step.kind as RefusedChange["kind"];
  const wanted = addresses.flatMap((address) => {
    const change = changeOf({ address, phase: null });
    return change === undefined ? [] : [[address, hashWanted(change, step)] as const];
  });
  return { kind, wanted: Object.fromEntries(wanted), grounds: await readGrounds(step, context) };
}

/** The part of the live state that may be the cause; null where it cannot be read: then only an override or a commit allows a retry. */
async function readGrounds({ kind, physical_name: name }: Step, { reader }: ApplyContext): Promise<string | null> {
  if (kind !== "queue" && kind !== "cluster") return null;
  try {
    const [clusters, queues] = [await reader.listClusters("live"), await reader.listQueues("live")];
    const settings = kind === "queue" ? await readSettings(reader) : [];
    return hashGrounds({ kind, name }, { org: reader.org, clusters, queues, settings });
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}

async function readSettings(reader: ApplyContext["reader"]) {
  const scope = { domain: null, project: null };
  try {
    const own = { scope, ...(await reader.getSettings(scope)) };
    return (await readEveryScope({ settings: [own], unreadable_scopes: [], scope_list: "unread" }, reader)).settings;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "unimplemented") return [];
    throw error;
  }
}

function nameOf({ kind, physical_name }: Pick<Step, "kind" | "physical_name">): string {
  return `${kind}.${physical_name}`;
}
