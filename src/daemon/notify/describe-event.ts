import { formatForget } from "../../model/ledger/former-place.ts";
import { SERVER_REFUSED } from "../../model/ledger/refusal.ts";
import { GIVEN_UP } from "../../model/plan/apply-report.ts";
import type { Summary } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import type {
  AppliedDetails,
  ApprovalDetails,
  ChangedDetails,
  ContestedDetails,
  EventDetails,
  EventFrame,
  FailedDetails,
  HeartbeatDetails,
  InvalidDetails,
  LeftBehindDetails,
  NotifyEvent,
  ParkedQueue,
  RecoveredDetails,
  StalledDetails,
  UnreachableDetails,
} from "./event.ts";
import type { OtherWrite } from "./list-other-writes.ts";

/** An event in words: plain text, nothing escaped, nothing cut. */
export interface Description {
  readonly severity: "info" | "warning" | "error";
  /** What happened and where, in one line. */
  readonly title: string;
  /** More details; may be empty. */
  readonly lines: readonly string[];
  /** What to do; null where no action is needed. */
  readonly action: string | null;
}

/** Objects that a message names. */
const MOST_OBJECTS = 10;
/** Characters of a revision that people read. */
const SHORT_REVISION = 10;

/** Says what happened, where, and what to do. The state that an event names is that of its finding. */
export function describeEvent(event: NotifyEvent): Description {
  switch (event.type) {
    case "applied":
      return describeApplied(event);
    case "changed":
      return describeChanged(event);
    case "failed":
      return describeFailed(event);
    case "recovered":
      return inform(event, `${describeEnd(event)}, now ${event.status.state}`, [
        `It was reported at ${describeTime(event.since)}.`,
      ]);
    case "approval_needed":
      return describeApproval(event);
    case "drift_found":
      return {
        severity: "warning",
        title: `${event.target}: ${countNoun(event.objects.length, "object")} changed outside of git`,
        lines: [
          nameObjects(event.objects),
          ...(event.changed_by === undefined ? [] : [`Last changed by ${nameObjects(event.changed_by)}.`]),
          ...(event.set_back === undefined ? [] : [`Reverted: ${nameObjects(event.set_back)}.`]),
          event.status.message,
        ],
        action:
          event.set_back?.length === event.objects.length
            ? null
            : "Commit the change to the repository, or let poolkeeper revert it. The page shows the difference.",
      };
    case "drift_contested":
      return describeContested(event);
    case "drift_gone":
      return inform(event, "drift is gone", [`It existed since ${describeTime(event.since)}.`]);
    case "stalled":
      return describeStalled(event);
    case "queue_unreachable":
      return describeUnreachable(event);
    case "left_behind":
      return describeLeftBehind(event);
    case "other_writer":
      return {
        severity: "warning",
        title: `${event.target}: another writer is active`,
        lines: [nameObjects(event.objects), event.message],
        action: "Find the other daemon or script and stop one of them, or make both use one store.",
      };
    case "invalid":
      return describeInvalid(event);
    case "refused":
      return {
        severity: "error",
        title: `${event.target}: ${describeRevision(event)} is refused`,
        lines: [event.message],
        action: "Push a revision that can be applied; the last applied one stays in effect until then.",
      };
    case "heartbeat":
      return describeHeartbeat(event);
    case "left_out":
      return {
        severity: "error",
        title: `${event.target}: ${countNoun(event.messages, "message")} left out`,
        lines: [
          `Since ${describeTime(event.since)}. Too many messages about this target were waiting for this receiver.`,
          "A message that several passes had counts once for each of them.",
        ],
        action: "See the target's page for its state and runs, and find out there what causes so many messages.",
      };
  }
}

/** An event of one type. */
type EventOf<T extends EventDetails> = EventFrame & T;

function inform({ target }: EventFrame, title: string, lines: readonly string[]): Description {
  return { severity: "info", title: `${target}: ${title}`, lines, action: null };
}

function describeApplied(event: EventOf<AppliedDetails>): Description {
  const { done, begun, other_writes = [] } = event;
  const others = [...Map.groupBy(other_writes, ({ address }) => address)];
  const parts = [describeDone(done), ...(begun.length === 0 ? [] : [`${begun.length} begun`])];
  return inform(event, `applied ${describeRevision(event)}: ${parts.filter((part) => part !== "").join(", ")}`, [
    nameObjects(event.objects),
    ...others.slice(0, MOST_OBJECTS).map(([address, writes]) => describeOtherWrites(address, writes)),
    ...(begun.length === 0 ? [] : [`Begun: ${nameObjects(begun)}.`]),
    ...describeDrained(event),
    ...(event.approved_by === null ? [] : [`Approved by ${event.approved_by} (${event.approval}).`]),
    ...(event.held === 0 ? [] : [`Held: ${countNoun(event.held, "change")}. ${event.status.message}`]),
  ]);
}

const DONE: Readonly<Record<OtherWrite["op"], string>> = {
  create: "made",
  undelete: "restored",
  update: "updated",
  move: "moved",
  drain: "drained",
  activate: "activated",
  delete: "deleted",
  await: "waited for",
};

function describeOtherWrites(address: string, writes: readonly OtherWrite[]): string {
  const kind = `${address.split(".", 1)[0]}.`;
  // Under the same name as the address, it is not the object that is gone.
  const name = (object: string) => (object.startsWith(kind) ? `registration ${object.slice(kind.length)}` : object);
  return `For ${address}: ${nameObjects(writes.map(({ object, op }) => `${name(object)} was ${DONE[op]}`))}.`;
}

function describeChanged(event: EventOf<ChangedDetails>): Description {
  const lines = event.changes
    .slice(0, MOST_OBJECTS)
    .map(({ seq, op, object, decided_by, by }) => `${seq}: ${op} ${object}, ${decided_by} (${by})`);
  const rest = event.changes.length - lines.length;
  return inform(event, `${countNoun(event.changes.length, "write")}, up to ${event.last_seq} of the change log`, [
    ...lines,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ]);
}

function describeUnreachable(event: EventOf<UnreachableDetails>): Description {
  const { target, queue, waiting, more } = event;
  if (more !== undefined) {
    return {
      severity: "error",
      title: `${target}: ${waiting} waiting in ${countNoun(more, "more queue")} without a reachable cluster`,
      lines: [`The first since ${describeTime(event.since)}. So many are not reported one by one.`],
      action: "Find out in the control plane where these queues come from, and add clusters to them or remove them.",
    };
  }
  return {
    severity: "error",
    title: `${target}: ${waiting} waiting in queue ${queue}, which has no reachable cluster`,
    lines: [`Since ${describeTime(event.since)} ${event.reason}.`],
    action: `Add an active, healthy cluster to queue ${queue}, or route the work to another queue.`,
  };
}

function describeLeftBehind(event: EventOf<LeftBehindDetails>): Description {
  const { target, objects, place, more } = event;
  if (more !== undefined) {
    return {
      severity: "warning",
      title: `${target}: ${countNoun(more, "more object")} left behind`,
      lines: [`The first was found at ${describeTime(event.since)}. So many are not reported one by one.`],
      action: "See the target's status for all of them.",
    };
  }
  return {
    severity: "warning",
    title:
      place === undefined
        ? `${target}: ${nameObjects(objects)} was left behind`
        : `${target}: ${nameObjects(objects)} was left half-way at ${place}`,
    lines: [`Found at ${describeTime(event.since)}. ${event.message}`],
    action:
      place === undefined
        ? `To keep it, add a manifest for ${nameObjects(objects)}; otherwise delete it in the control plane.`
        : `To finish it, configure that place again. To give it up, run: ${formatForget(place)}`,
  };
}

function describeApproval(event: EventOf<ApprovalDetails>): Description {
  return {
    severity: "warning",
    title: `${event.target}: ${countNoun(event.objects.length, "change")} of ${describeRevision(event)} to approve`,
    lines: [nameObjects(event.objects), ...(event.summary === null ? [] : [describePlanned(event.summary)])],
    // Another target in the same state has a plan with the same digest.
    action: `Review the plan, then run: poolkeeper approve ${showDigest(event.digest)} --target ${event.target}`,
  };
}

function describeEnd({ alarm, subject }: RecoveredDetails): string {
  switch (alarm) {
    case "failed":
      return "recovered from a failure";
    case "invalid":
      return "the manifests are valid again";
    case "refused":
      return "the newest revision can be applied again";
    case "stalled":
      return subject === null ? "no longer stalled" : `the rollout at ${subject} is no longer left half-way`;
    case "queue_unreachable":
      return `no work is waiting in ${subject === null ? "more queues" : `queue ${subject}`} without a cluster`;
    case "left_behind":
      return subject === null ? "no more objects are left behind" : `${subject} is no longer left behind`;
    case "other_writer":
      return "no other writer is active";
  }
}

function describeContested({ target, contests }: EventOf<ContestedDetails>): Description {
  const lines = contests.slice(0, MOST_OBJECTS).map(({ address, reverts, changed_by }) => {
    const who = changed_by === null ? "" : `, last by ${changed_by}`;
    return `${address} was reverted ${countNoun(reverts, "time")}, and changed again each time${who}.`;
  });
  const rest = contests.length - lines.length;
  return {
    severity: "warning",
    title: `${target}: reverts suspended: another writer keeps changing ${countNoun(contests.length, "object")}`,
    lines: [...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])],
    action:
      "Find the other writer and stop it, or commit the change to the repository. To revert once more, approve the plan with the override drift_contested.",
  };
}

function describeInvalid(event: EventOf<InvalidDetails>): Description {
  const rest = event.errors - event.first.length;
  return {
    severity: "error",
    title: `${event.target}: ${countNoun(event.errors, "error")} in the manifests of ${describeRevision(event)}`,
    lines: [...event.first, ...(rest > 0 ? [`… and ${rest} more`] : []), ...describeDrained(event)],
    action:
      "Correct them and push again; the last applied revision stays in effect until then. `poolkeeper validate` shows all of them.",
  };
}

function describeHeartbeat(event: EventOf<HeartbeatDetails>): Description {
  const { applied_revision: applied, last_success_at: success, drift } = event;
  return inform(event, `${event.status.state}, ${drift === 0 ? "no drift" : `${countNoun(drift, "object")} drifted`}`, [
    `Last applied: ${applied === null ? "nothing yet" : applied.slice(0, SHORT_REVISION)}.`,
    `Last success: ${success === null ? "none yet" : describeTime(success)}.`,
  ]);
}

function describeDrained({ left_drained: names }: Pick<FailedDetails, "left_drained">): readonly string[] {
  return names.length === 0 ? [] : [`Out of service until it continues: ${nameObjects(names)}`];
}

function describeFailed(event: EventOf<FailedDetails>): Description {
  const isCheck = event.code === "check_failed";
  const what = isCheck ? "a check blocks" : `failed (${event.step}, ${event.code})`;
  // A pass without a revision must not name the newest one: another one may be pinned.
  const which = event.revision === null ? "" : `${isCheck ? "" : ":"} ${describeRevision(event)}`;
  return {
    severity: "error",
    title: `${event.target}: ${what}${which}`,
    lines: [
      event.message,
      ...(event.objects.length === 0 ? [] : [nameObjects(event.objects)]),
      ...(event.done === null ? [] : [`Applied before that: ${describeDone(event.done)}.`]),
      ...describeDrained(event),
    ],
    action: isCheck
      ? "Change the manifests, or approve the plan with an override for this check."
      : event.code === GIVEN_UP
        ? `Remove the cause, then approve the plan with the override ${SERVER_REFUSED} to retry it once. Or revert the change in the manifests.`
        : "poolkeeper retries automatically from the newest revision. If it does not recover, see the run on the page.",
  };
}

const REMOVED = "was removed from the configuration during a rollout";

const STALLED: Readonly<Record<StalledDetails["cause"], readonly [title: string, action: string]>> = {
  no_success: ["no successful run", "The page shows where the last run failed."],
  no_pass: ["no run completed", "Check in the daemon's log that it runs and holds the target's lease."],
  applying: [
    "the running pass has written nothing",
    "The page shows the step that it is at. Check that the control plane answers, and in the daemon's log that it runs.",
  ],
  waiting: [
    "waiting for work to drain",
    "The page shows the work that still runs. poolkeeper never interrupts it: end that work, or revert the change that waits for it. Only a delete can be approved with the override in-flight.",
  ],
  removed: [REMOVED, "Restore the configuration until the rollout is done: nothing else continues it."],
};

/** What the configuration has left during a rollout: a target, or its control plane of before, where that is named. */
export function describeRemoved(target: string, place?: string): string {
  return place === undefined ? `${target} ${REMOVED}` : `${target}: its former control plane ${place} ${REMOVED}`;
}

function describeStalled(event: EventOf<StalledDetails>): Description {
  const [title, action] = STALLED[event.cause];
  if (event.cause === "removed") {
    return {
      severity: "error",
      title: describeRemoved(event.target, event.place),
      lines: [event.message ?? ""],
      action: `${action}${describeByHand(event)}`,
    };
  }
  return {
    severity: "error",
    title: `${event.target}: stalled, ${title} since ${describeTime(event.since)}`,
    lines: [`The limit is ${describeDuration(event.limit_ms)}. ${event.status.state}: ${event.status.message}`],
    action,
  };
}

function describeByHand(event: EventOf<StalledDetails>): string {
  const { drained = [], parked = [], written_out = [], registered = [] } = event;
  const onAll = new Set(parked.map(({ object }) => object));
  const idle = drained.filter((object) => !onAll.has(object));
  const more = parked.length - MOST_OBJECTS;
  const parts = [
    ...(idle.length === 0 ? [] : [`activate ${nameObjects(idle)}`]),
    ...parked.slice(0, MOST_OBJECTS).map(describeUnpark),
    ...(more > 0 ? [`the same for ${more} more`] : []),
    ...(written_out.length === 0 ? [] : [`set the clusters of ${nameObjects(written_out)} back to [*]`]),
    ...(registered.length === 0
      ? []
      : [`keep one of each registration and its former ones (${nameObjects(registered)}), and delete the others`]),
  ];
  return parts.length === 0 ? "" : ` By hand instead: ${parts.join("; ")}.`;
}

function describeUnpark({ object, clusters }: ParkedQueue): string {
  const former = clusters === null ? "those that it named" : `[${nameObjects(clusters)}]`;
  return `set the clusters of ${object} back to ${former} first, and activate it then`;
}

function describeRevision({ revision }: Pick<EventFrame, "revision">): string {
  return revision === null ? "the newest revision" : `revision ${revision.slice(0, SHORT_REVISION)}`;
}

function describeDone({ add, change, replace, destroy }: Summary): string {
  const parts = [
    [add, "added"],
    [change, "changed"],
    [replace, "replaced"],
    [destroy, "deleted"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

function describePlanned({ add, change, replace, destroy }: Summary): string {
  return `The whole plan: ${add} to add, ${change} to change, ${replace} to replace, ${destroy} to destroy.`;
}

function nameObjects(objects: readonly string[]): string {
  const rest = objects.length - MOST_OBJECTS;
  return `${objects.slice(0, MOST_OBJECTS).join(", ")}${rest > 0 ? `, … and ${rest} more` : ""}`;
}

/** `2026-11-21 14:05 UTC` */
function describeTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

function describeDuration(milliseconds: number): string {
  if (milliseconds < 60_000) return countNoun(Math.round(milliseconds / 1000), "second");
  const minutes = Math.round(milliseconds / 60_000);
  return minutes % 60 === 0 && minutes > 0 ? countNoun(minutes / 60, "hour") : countNoun(minutes, "minute");
}
