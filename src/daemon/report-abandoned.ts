import type { Address } from "../model/address.ts";
import type { DaemonConfig } from "../model/daemon/daemon-config.ts";
import type { Begun, DaemonRecords, KeptState } from "../model/daemon/daemon-records.ts";
import type { OpenIntent } from "../model/ledger/ledger.ts";
import { isOnTheWay, listOwnDrains, type OwnDrain } from "../model/ledger/own-drains.ts";
import { CAPABILITIES } from "../model/objects/live.ts";
import { describeUnfinished } from "../plan/policy/explain-held.ts";
import { nameControlPlane, nameTargetPlace, readLedgerOf } from "../reconcile/name-target-place.ts";
import { listPlaces } from "../reconcile/pass/find-here.ts";
import type { LedgerTarget } from "../store/database/store-schema.ts";
import type { Store } from "../store/open-store.ts";
import type { Log } from "./logging/log.ts";
import { createEvent, hashMark } from "./notify/create-event.ts";
import { createMessageIds } from "./notify/create-message-ids.ts";
import { describeRemoved } from "./notify/describe-event.ts";
import { followAlarms, nameOccurrence } from "./notify/follow-alarms.ts";
import { queueEvents } from "./notify/queue-events.ts";

/** The tools for the report, and the configuration it is about. */
export interface AbandonTools {
  readonly records: DaemonRecords;
  readonly log: Pick<Log, "warn">;
  readonly config: DaemonConfig;
  readonly public_url: string | null;
  /** What was written at a control plane. */
  readonly openLedger: (ledger: LedgerTarget) => LeftReader;
}

type LeftReader = Pick<Store, "readOwnWrites" | "readOpenIntents" | "readOwned" | "readBegunWrites" | "readChanges">;

/** An object that a rollout has left as no manifest wants it. */
interface LeftObject {
  readonly address: Address;
  readonly kind: string;
  /** Its name in the control plane. */
  readonly name: string;
}

/** What rollouts that are not finished have left at a control plane, as far as the records of their writes show. */
interface Left {
  readonly drained: readonly LeftObject[];
  /** The queues among them that it also set to `*`, and what they named before; null: it is not known. */
  readonly parked: readonly (LeftObject & { readonly clusters: readonly string[] | null })[];
  /** Queues that name their clusters temporarily, in place of `*`. */
  readonly written_out: readonly LeftObject[];
  /** Registrations whose former ones are still there. */
  readonly registered: readonly (LeftObject & { readonly former: readonly string[] })[];
}

/** A control plane that a target had, and that no target has any more. */
export interface Abandoned {
  readonly kept: KeptState;
  /** Null: an older release did not record it. */
  readonly ledger: LedgerTarget | null;
  /** As `nameControlPlane` names it. */
  readonly place: string | null;
  /** The rollout that waits half-way there; null: none is known. */
  readonly begun: Begun | null;
}

/** What the configuration has left: the places of targets that are in it no more, and of those that were given another control plane. Pure. */
export function listAbandoned(states: readonly KeptState[], targets: DaemonConfig["targets"]): readonly Abandoned[] {
  const nameLedger = (place: string) => JSON.stringify(readLedgerOf(place));
  const known = new Set(targets.map((target) => nameLedger(nameTargetPlace(target))));
  return states.flatMap((kept) => {
    const places = listPlaces(kept).filter(({ place }) => !known.has(nameLedger(place)));
    return [...Map.groupBy(places, ({ place }) => nameLedger(place)).values()].flatMap((there): Abandoned[] => {
      const [first] = there;
      if (first === undefined) return [];
      const [ledger, place] = [readLedgerOf(first.place), nameControlPlane(first.place)];
      const begun = there.flatMap(({ begun: one = null }) =>
        one !== null && (one.objects.length > 0 || one.run !== null) ? [one] : [],
      );
      return (begun.length === 0 ? [null] : begun).map((one) => ({ kept, ledger, place, begun: one }));
    });
  });
}

/**
 * Reports what the configuration abandoned: rollouts half-way, and what was drained on the way and not put back into service. In the log each
 * time, and to each receiver once: nothing else continues them.
 */
export async function reportAbandoned(tools: AbandonTools): Promise<void> {
  const { records, log, config, public_url } = tools;
  const { targets, notifications } = config;
  const now = await records.now();
  for (const { kept, ledger, place: name, begun } of listAbandoned(await records.readStates(), targets)) {
    const left = ledger === null ? NOTHING_LEFT : await readLeft(tools.openLedger(ledger));
    const all = [...left.drained, ...left.written_out, ...left.registered];
    if (begun === null && all.length === 0) continue;
    const { target, status } = kept;
    const deletesQueues = left.registered.length > 0 && (await canDeleteQueues(records, target, begun));
    const place = JSON.stringify(ledger);
    const message = describeAbandoned(begun, left);
    const revision = begun?.revision ?? null;
    const isGone = targets.every(({ name }) => name !== target);
    const former = isGone ? null : name;
    log.warn({ target, revision, place }, `${describeRemoved(target, former ?? undefined)}. ${message}`);
    const objects = [...new Set([...(begun?.objects ?? []), ...all.map(({ address }) => address)])].sort();
    const state = { target, status, last_pass: null };
    const details = {
      type: "stalled",
      cause: "removed",
      since: now,
      limit_ms: 0,
      objects,
      message,
      drained: nameLeft(left.drained),
      parked: left.parked.map(({ kind, name, clusters }) => ({ object: `${kind}.${name}`, clusters })),
      written_out: nameLeft(left.written_out),
      // Where no queue can be deleted, the former one stays.
      registered: nameLeft(left.registered.filter(({ kind }) => kind !== "queue" || deletesQueues)),
      ...(former !== null && { place: former }),
    } as const;
    const event = { ...createEvent(state, { now }, ["removed", hashMark([place, begun, objects])], details), revision };
    const alarms = await records.readAlarms(target);
    const followed = followAlarms(state, [event], {
      now,
      alarms,
      supposed: [],
      was: status.state,
      isOver: () => false,
    });
    const options = { records, notifications, public_url, newId: createMessageIds() };
    const open = alarms.find(
      ({ type, subject, ended_at }) => type === "stalled" && subject === (former ?? "") && ended_at === null,
    );
    // Though a stall may have been reported before, this is another one; its key is the one that the next look gives it.
    const another = open && nameOccurrence(event, open.serial);
    const raised = another && { events: [another], alarms: [], about: new Map([[another.key, open]]) };
    await queueEvents(options, raised ?? followed);
  }
}

/** As its plan says, if that is kept. */
async function canDeleteQueues(
  records: Pick<DaemonRecords, "readPlan">,
  target: string,
  begun: Begun | null,
): Promise<boolean> {
  const kept = begun?.digest === undefined ? null : await records.readPlan(target, begun.digest);
  return kept !== null && CAPABILITIES[kept.plan.target.generation].queue_state;
}

const NOTHING_LEFT: Left = { drained: [], parked: [], written_out: [], registered: [] };

async function readLeft(ledger: LeftReader): Promise<Left> {
  const written = await ledger.readOwnWrites();
  const [open, owned] = [await ledger.readOpenIntents(), await ledger.readOwned()];
  // The entry of a write-out is closed with the write that sets the queue back.
  const isWrittenOut = ({ phase, status }: OpenIntent) =>
    phase === "write-out" && status !== "intent" && status !== "restored";
  const unfinished = new Set(written.map(({ address }) => address));
  const drained = listOwnDrains(written).filter(isOnTheWay);
  return {
    drained,
    parked: await listParked(ledger, drained),
    written_out: open
      .filter(isWrittenOut)
      .map(({ address, physical_name: name }) => ({ address, kind: "queue", name })),
    registered: owned.flatMap(({ address, kind, physical_name: name, previous_names: former }) =>
      former.length > 0 && unfinished.has(address) ? [{ address, kind, name, former }] : [],
    ),
  };
}

/** So many of the newest entries of a queue are looked through for what it named before. */
const MOST_ENTRIES = 200;

/** Without those that were on `*` before. */
async function listParked(ledger: LeftReader, drained: readonly OwnDrain[]): Promise<Left["parked"]> {
  const parked = drained.filter((drain) => drain.is_parked);
  const begun = parked.length === 0 ? [] : await ledger.readBegunWrites();
  const found: Left["parked"][number][] = [];
  for (const { address, kind, name } of parked) {
    const runs = new Set(begun.filter((write) => write.address === address).map(({ run_id }) => run_id));
    const entries = await ledger.readChanges({ patterns: [], address, limit: MOST_ENTRIES, order: "newest" });
    const before = entries
      .filter((entry) => entry.kind === kind && entry.physical_name === name && runs.has(entry.run_id))
      .findLast((entry) => Array.isArray(entry.before?.clusters))?.before?.clusters;
    const clusters = Array.isArray(before) ? before.map(String) : null;
    if (clusters?.includes("*") !== true) found.push({ address, kind, name, clusters });
  }
  return found;
}

function nameLeft(objects: readonly LeftObject[]): readonly string[] {
  return [...new Set(objects.map(({ kind, name }) => `${kind}.${name}`))].sort();
}

function describeAbandoned(begun: Begun | null, { drained, parked, written_out, registered }: Left): string {
  const interrupted = begun?.run == null ? "" : "An interrupted pass started to write there.";
  const list = (objects: readonly LeftObject[]) => objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  const beside = registered
    .map(({ kind, name, former }) => `${kind} ${name} beside ${former.join(" and ")}`)
    .join(", ");
  const onAll = parked.map(({ kind, name, clusters }) => {
    const former = clusters === null ? "the clusters that it named" : clusters.join(", ");
    return `It set ${kind} ${name} to * in place of ${former}.`;
  });
  return [
    describeUnfinished(begun).trim() || interrupted,
    drained.length === 0 ? "" : `It drained ${list(drained)} and did not put it back into service.`,
    ...onAll,
    written_out.length === 0 ? "" : `It wrote out ${list(written_out)} in place of *.`,
    registered.length === 0 ? "" : `It registered ${beside}.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}
