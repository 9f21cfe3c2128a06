import type { Address } from "../../model/address.ts";
import { type DrainedObject, type Refusal, SERVER_REFUSED, TAKEN_BACK } from "../../model/ledger/refusal.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, nameSettings } from "../../model/objects/settings.ts";
import { type Change, type Notice, nameAction } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";
import { hashJson } from "../compare/digest-plan.ts";
import type { Finding } from "../compare/finding.ts";
import { draftStep } from "../draft/draft-step.ts";
import { settledState } from "../fields/queue-fields.ts";

/**
 * What is wanted of an object, as far as the refusal of a write is about it (whether it is, where, in which state; of an update all that it may
 * set): another request is tried, regardless of the outcome of this one.
 */
export function hashWanted(change: Change, { op }: { readonly op: string }): string {
  const { physical_name, previous_physical_name, after } = change;
  const { pool, cluster_pool, state, clusters } = after ?? {};
  const place = after === null || op === "update" ? after : { pool, cluster_pool, state, clusters };
  return hashJson({ actions: nameAction(change), physical_name, previous_physical_name, place });
}

/** Whether the change of an address, if there is one, wants the same as when a write was refused. */
export function isStillWanted(refusal: Refusal, address: Address, change: Change | undefined): boolean {
  return (change && hashWanted(change, refusal)) === refusal.wanted[address];
}

/** What of a live state may be why an object can't be deleted or moved. */
export interface GroundsFacts extends Pick<LiveState, "org"> {
  readonly clusters: readonly Pick<LiveState["clusters"][number], "name" | "pool">[];
  readonly queues: readonly Pick<LiveState["queues"][number], "name" | "spec">[];
  readonly settings: readonly Pick<LiveState["settings"][number], "scope" | "values">[];
}

/**
 * Where an object is and who names it: settings a queue, queues a cluster. States are left out: they are what a rollout changes, and what
 * taking it back changes.
 */
export function hashGrounds(
  { kind, name }: Pick<DrainedObject, "kind" | "name">,
  { org, clusters, queues, settings }: GroundsFacts,
): string {
  const spec = kind === "queue" ? queues.find((queue) => queue.name === name)?.spec : undefined;
  const named = settings.filter(({ values }) => kind === "queue" && values[DEFAULT_QUEUE_KEY] === name);
  const pinning = queues.filter(
    (queue) => kind === "cluster" && queue.name !== name && queue.spec.clusters.includes(name),
  );
  return hashJson({
    selects: spec?.clusters.toSorted() ?? null,
    pool: spec?.cluster_pool ?? clusters.find((cluster) => cluster.name === name)?.pool ?? null,
    settings: named.map(({ scope }) => nameSettings(org, scope)).sort(),
    queues: pinning.map((queue) => queue.name).sort(),
  });
}

/** The outcome of refused changes, as far as a plan is about them. */
export interface HandledRefusals {
  /** What is held, by the check `server-refused`. */
  readonly findings: readonly Finding[];
  /** What is put back into service in place of the changes at these addresses. */
  readonly back: ReadonlySet<Address>;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
  readonly notices: readonly Notice[];
}

/** What refusals are judged by. */
export interface RefusalFacts {
  readonly refused: readonly Refusal[];
  readonly live: LiveState;
  /** All that the plan would do, before a part of it is chosen. */
  readonly changes: readonly Change[];
  readonly isChosen: (address: Address) => boolean;
}

/**
 * What was refused permanently is not tried again as long as the same is wanted and nothing has changed of what may be why: the check
 * {@link SERVER_REFUSED} fails. What is out of service for it still, as its run was killed, is put back first; its change waits for a later plan.
 */
export function handleRefusals({ refused, live, changes, isChosen }: RefusalFacts): HandledRefusals {
  const wanted = new Map(changes.map((change) => [change.address, change]));
  const isWanted = (refusal: Refusal, address: Address) => isStillWanted(refusal, address, wanted.get(address));
  const standing = refused.filter((refusal) => isWanted(refusal, refusal.address) && hasGrounds(refusal, live));
  const out = standing.flatMap((refusal) =>
    refusal.drained.filter((object) => isWanted(refusal, object.address) && isOut(object, live)),
  );
  const chosen = out.filter(({ address }) => isChosen(address));
  const back = new Set(chosen.map(({ address }) => address));
  const waiting = standing.filter(({ wanted }) => !listAddresses(wanted).some((address) => back.has(address)));
  return {
    back: new Set(standing.flatMap(({ wanted }) => listAddresses(wanted)).filter((address) => back.has(address))),
    findings: waiting.map((refusal) => explainRefused(refusal, isWanted)),
    changes: [...Map.groupBy(chosen, ({ address }) => address)].map(([address, objects]) =>
      describeReturn(address, objects, { live, reason: "refused" }),
    ),
    steps: draftTakeBack(chosen),
    notices: standing
      .filter(({ wanted }) => listAddresses(wanted).some((address) => back.has(address)))
      .map((refusal) => ({
        code: TAKEN_BACK,
        message: `${describeRefusal(refusal)} What was drained for it is put back into service first.`,
        addresses: listAddresses(refusal.wanted).filter((address) => back.has(address)),
      })),
  };
}

/** The steps that put objects back into service: clusters first, so that no queue takes work that goes nowhere. */
export function draftTakeBack(objects: readonly DrainedObject[]): readonly Step[] {
  const draft = ({ address, kind, name }: DrainedObject, after: readonly string[]): Step => {
    const {
      needs: _needs,
      gives: _gives,
      follows: _follows,
      optional: _optional,
      ...step
    } = draftStep({
      ...{ address, kind, name, op: "activate", phase: "take-back" },
    });
    return { ...step, after };
  };
  const clusters = objects.filter(({ kind }) => kind === "cluster").map((object) => draft(object, []));
  const ids = clusters.map(({ id }) => id);
  return [...clusters, ...objects.filter(({ kind }) => kind === "queue").map((object) => draft(object, ids))];
}

function listAddresses(wanted: Refusal["wanted"]): readonly Address[] {
  return Object.keys(wanted) as Address[];
}

function hasGrounds({ kind, physical_name: name, grounds }: Refusal, live: LiveState): boolean {
  return grounds === null || grounds === hashGrounds({ kind, name }, live);
}

function findLive({ kind, name }: DrainedObject, { clusters, queues }: LiveState) {
  const objects: readonly (LiveState["clusters"][number] | LiveState["queues"][number])[] =
    kind === "cluster" ? clusters : queues;
  return objects.find((object) => object.name === name);
}

function isOut(object: DrainedObject, live: LiveState): boolean {
  const state = findLive(object, live)?.state;
  return state === "draining" || state === "drained";
}

/** The change that puts what was drained for an address back into service. */
export function describeReturn(
  address: Address,
  objects: readonly DrainedObject[],
  { live, reason }: { readonly live: LiveState; readonly reason: Change["action_reason"] },
): Change {
  const own = objects.find(({ kind }) => address.startsWith(`${kind}.`)) ?? objects[0];
  if (own === undefined) throw new Error(`unreachable: something is put back for ${address}`);
  return {
    ...{ address, physical_name: own.name, previous_physical_name: null, action: "put_back", replace_paths: [] },
    before: { state: settledState(findLive(own, live)?.state ?? "drained") },
    after: { state: "active" },
    ...{ action_reason: reason, origin: "unknown" },
  };
}

function explainRefused(refusal: Refusal, isWanted: (refusal: Refusal, address: Address) => boolean): Finding {
  const addresses = listAddresses(refusal.wanted).filter((address) => isWanted(refusal, address));
  const message = `${describeRefusal(refusal)} It is not retried automatically. Fix the cause and retry it once (with a daemon: approve the plan with the override ${SERVER_REFUSED}; apply: --allow ${SERVER_REFUSED}), or revert the change in the manifests.`;
  const concerns = addresses.map((address) => nameTry(address, refusal));
  return { check: SERVER_REFUSED, status: "fail", message, addresses, concerns };
}

/** An override lets a refused change be tried again once: refused again, it is another refusal. */
function nameTry(address: Address, { id }: Refusal): string {
  return `${address}@${id}`;
}

function describeRefusal({ kind, physical_name, op, at, message }: Refusal): string {
  return `The control plane refused to ${op} ${kind} ${physical_name} at ${at}: ${message}`;
}
