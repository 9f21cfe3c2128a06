import type { DaemonConfig } from "../model/daemon-config.ts";
import type { Begun, DaemonRecords, KeptState } from "../model/daemon-records.ts";
import { describeUnfinished } from "../plan/policy/explain-held.ts";
import { listPlaces } from "../reconcile/pass/find-here.ts";
import { nameTargetPlace, readLedgerOf } from "../reconcile/pass/name-target-place.ts";
import type { Log } from "./logging/log.ts";
import { createEvent, hashMark } from "./notify/create-event.ts";
import { createMessageIds } from "./notify/create-message-ids.ts";
import { followAlarms } from "./notify/follow-alarms.ts";
import { queueEvents } from "./notify/queue-events.ts";

/** The tools for the report, and the configuration it is about. */
export interface AbandonTools {
  readonly records: DaemonRecords;
  readonly log: Pick<Log, "warn">;
  readonly config: DaemonConfig;
  readonly public_url: string | null;
}

/** A rollout that waits half-way at a control plane that no target has any more. */
export interface Abandoned {
  readonly kept: KeptState;
  readonly ledger: string;
  readonly begun: Begun;
}

/** What the configuration has left half-way: targets that are in it no more, and those that were given another control plane. Pure. */
export function listAbandoned(states: readonly KeptState[], targets: DaemonConfig["targets"]): readonly Abandoned[] {
  const nameLedger = (place: string) => JSON.stringify(readLedgerOf(place));
  const known = new Set(targets.map((target) => nameLedger(nameTargetPlace(target))));
  return states.flatMap((kept) =>
    listPlaces(kept).flatMap(({ place, begun }): readonly Abandoned[] => {
      const ledger = nameLedger(place);
      if (begun == null || (begun.objects.length === 0 && begun.run === null) || known.has(ledger)) return [];
      return [{ kept, ledger, begun }];
    }),
  );
}

/** Reports the rollouts that the configuration abandoned, in the log each time and to each receiver once: nothing else continues them. */
export async function reportAbandoned({ records, log, config, public_url }: AbandonTools): Promise<void> {
  const { targets, notifications } = config;
  const now = await records.now();
  for (const { kept, ledger, begun } of listAbandoned(await records.readStates(), targets)) {
    const { target, status } = kept;
    const message = describeUnfinished(begun).trim() || "An interrupted pass has started to write there.";
    log.warn(
      { target, revision: begun.revision, place: ledger },
      `${target} was removed from the configuration during a rollout. ${message}`,
    );
    const { objects, revision } = begun;
    const state = { target, status, last_pass: null };
    const details = { type: "stalled", cause: "removed", since: now, limit_ms: 0, objects, message } as const;
    const event = { ...createEvent(state, { now }, ["removed", hashMark([ledger, begun])], details), revision };
    // One that is still configured looks after another control plane: that this is well ends nothing here.
    const isGone = targets.every(({ name }) => name !== target);
    const alarms = isGone ? await records.readAlarms(target) : [];
    const followed = followAlarms(state, [event], {
      now,
      alarms,
      supposed: [],
      was: status.state,
      isOver: () => false,
    });
    // Though a stall may have been reported before, this is another one.
    const events = followed.events.length > 0 ? followed.events : [event];
    const options = { records, notifications, public_url, newId: createMessageIds() };
    await queueEvents(options, { events, alarms: isGone ? followed.alarms : [] });
  }
}
