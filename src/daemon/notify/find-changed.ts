import { type ChangeEntry, nameObject } from "../../model/change-log.ts";
import type { TargetState } from "../../model/daemon-records.ts";
import { hideFiles } from "../../model/hide-files.ts";
import { createEvent } from "./create-event.ts";
import type { NotifyEvent, ReportedChange } from "./event.ts";
import type { NotifyFacts } from "./notify-facts.ts";

/** Most writes in one message. */
const MOST_CHANGES = 100;

/**
 * The writes, in consecutive messages: each names the last entry of the one before it. They are sent again from there where a pass was
 * killed before it had recorded its progress.
 */
export function findChanged(_before: unknown, after: TargetState, facts: NotifyFacts): readonly NotifyEvent[] {
  const { previous_seq = null, entries = [] } = facts.unreported ?? {};
  const events: NotifyEvent[] = [];
  let previous = previous_seq;
  for (let start = 0; start < entries.length; start += MOST_CHANGES) {
    const changes = entries.slice(start, start + MOST_CHANGES).map(reportChange);
    const last_seq = changes.at(-1)?.seq ?? 0;
    const range = `${previous ?? "none"}-${last_seq}`;
    events.push(createEvent(after, facts, [range], { type: "changed", previous_seq: previous, last_seq, changes }));
    previous = last_seq;
  }
  return events;
}

function reportChange(entry: ChangeEntry): ReportedChange {
  const { seq, at, address, op, origin, revision, decided_by, by, approval, overrides, via, run_id, result } = entry;
  return {
    ...{ seq, at, object: nameObject(entry), address, op },
    before: hideFiles(entry.kind, entry.before),
    after: hideFiles(entry.kind, entry.after),
    ...{ origin, revision, plan: entry.digest, decided_by, by, approval, overrides, via, run_id, result },
    ...(entry.withheld === true && { withheld: true as const }),
  };
}
