import { ALARMS_OF_MANY, type Alarm } from "../../model/daemon/alarm.ts";
import type { NotificationConfig } from "../../model/daemon/daemon-config.ts";
import type { DaemonRecords, Notifications, OutboxEntry } from "../../model/daemon/daemon-records.ts";
import { OUTBOX_ROOM, type OutboxLine, SHARE_OF_SUBJECTS } from "../../model/daemon/outbox-room.ts";
import { EVENTS_ON_REQUEST, type NotifyEvent } from "./event.ts";
import type { Followed } from "./follow-alarms.ts";
import { renderMessage } from "./render-message.ts";

/** What messages are made with. */
export interface QueueOptions {
  readonly records: Pick<DaemonRecords, "now" | "readLines" | "findMessages">;
  readonly notifications: readonly NotificationConfig[];
  readonly public_url: string | null;
  /** A new id for each call. */
  readonly newId: () => string;
}

/** A message for a receiver, and its event. */
interface Draft {
  readonly receiver: NotificationConfig;
  readonly event: NotifyEvent;
  readonly entry: OutboxEntry;
}

/**
 * Drafts a message for each receiver of each event, as the outbox takes it. Where there is no room for one, a message says how many were left
 * out, and the alarms on record don't count as reported to that receiver.
 */
export async function draftMessages(options: QueueOptions, followed: Followed): Promise<Notifications> {
  const { records, notifications } = options;
  const due_at = await records.now();
  const drafts = followed.events.flatMap((event) =>
    notifications
      .filter((receiver) => isWanted(receiver, event) && isFor(followed, event, receiver.name))
      .map((receiver) => draftOne(options, { receiver, event, due_at })),
  );
  const { kept, left_out, lines } = await fitDrafts(records, drafts);
  // What is given again was counted when it was left out first.
  const counted = left_out.filter(({ event }) => !followed.again?.has(event.key));
  const notices = [...Map.groupBy(counted, ({ receiver }) => receiver)].flatMap(([receiver, missed]) => {
    const [last] = missed.slice(-1);
    const { notice = null } = lines.find((line) => line.receiver === receiver.name) ?? {};
    if (last === undefined) return [];
    const [messages, since] = [missed.length + (notice?.left_out ?? 0), notice?.added_at ?? due_at];
    const { at, target, revision, run_id, status } = last.event;
    const frame = { at, target, revision, run_id, status, key: `${target}/left_out/${options.newId()}` };
    const event: NotifyEvent = { ...frame, type: "left_out", messages, since };
    const { entry } = draftOne(options, { receiver, event, due_at });
    return [{ ...entry, left_out: messages, ...(notice !== null && { replaces: notice.id }) }];
  });
  const messages = [...kept.map(({ entry }) => entry), ...notices];
  return { messages, alarms: noteMissed(followed, kept, left_out) };
}

function draftOne(
  { public_url, newId }: QueueOptions,
  { receiver, event, due_at }: { receiver: NotificationConfig; event: NotifyEvent; due_at: string },
): Draft {
  const id = newId();
  const body = renderMessage(event, receiver, { id, public_url });
  return { receiver, event, entry: { id, receiver: receiver.name, key: event.key, body, attempts: 0, due_at } };
}

/** Where a receiver's line had no room for an alarm, what is given again is for it, and the end is not. */
function isFor({ about, again }: Followed, { key, type }: NotifyEvent, receiver: string): boolean {
  const hasMissed = about?.get(key)?.untold?.includes(receiver) === true;
  return type === "recovered" ? !hasMissed : hasMissed || again?.has(key) !== true;
}

/** An alarm that was opened without a message is not reported; one whose later message was sent is. */
function noteMissed(
  { alarms, about = new Map() }: Followed,
  kept: readonly Draft[],
  left_out: readonly Draft[],
): readonly Alarm[] {
  const opened = new Set(alarms);
  const untold = new Map<Alarm, ReadonlySet<string>>();
  const change = (alarm: Alarm, apply: (receivers: Set<string>) => void) => {
    const receivers = new Set(untold.get(alarm) ?? alarm.untold);
    apply(receivers);
    untold.set(alarm, receivers);
  };
  for (const { event, receiver } of left_out) {
    const alarm = about.get(event.key);
    if (alarm !== undefined && opened.has(alarm)) change(alarm, (receivers) => receivers.add(receiver.name));
  }
  for (const { event, receiver } of kept) {
    const alarm = about.get(event.key);
    if (alarm?.untold?.includes(receiver.name)) change(alarm, (receivers) => receivers.delete(receiver.name));
  }
  const changed = [...new Set([...alarms, ...untold.keys()])];
  return changed.map((alarm) => {
    const receivers = untold.get(alarm);
    return receivers === undefined ? alarm : { ...alarm, untold: [...receivers].sort() };
  });
}

/** Which messages there is room for, in their order. What is or was there takes none. */
async function fitDrafts(
  records: QueueOptions["records"],
  drafts: readonly Draft[],
): Promise<{
  readonly kept: readonly Draft[];
  readonly left_out: readonly Draft[];
  readonly lines: readonly OutboxLine[];
}> {
  const [first] = drafts;
  if (first === undefined) return { kept: [], left_out: [], lines: [] };
  const lines = await records.readLines(first.event.target);
  if (![NONE_WAITS, ...lines].some(isCrowded(drafts))) return { kept: drafts, left_out: [], lines };
  const known = await records.findMessages(
    [...new Set(drafts.map(({ entry }) => entry.receiver))],
    [...new Set(drafts.map(({ entry }) => entry.key))],
  );
  const isKnown = new Set(known.map(({ receiver, key }) => JSON.stringify([receiver, key])));
  const taken = new Map(lines.map(({ receiver, messages, bytes }) => [receiver, { messages, bytes }]));
  const [kept, left_out]: [Draft[], Draft[]] = [[], []];
  for (const draft of drafts) {
    const { receiver, key, body } = draft.entry;
    // It stays known for as long as it is found.
    if (isKnown.has(JSON.stringify([receiver, key]))) {
      kept.push(draft);
      continue;
    }
    const line = taken.get(receiver) ?? NONE_WAITS;
    const isEnd = draft.event.type === "recovered";
    const share = ONE_FOR_EACH.has(draft.event.type) ? SHARE_OF_SUBJECTS : 1;
    const hasRoom = line.messages < OUTBOX_ROOM.messages * share && line.bytes < OUTBOX_ROOM.bytes * share;
    if (!isEnd && !hasRoom) {
      left_out.push(draft);
      continue;
    }
    kept.push(draft);
    const messages = line.messages + (isEnd ? 0 : 1);
    taken.set(receiver, { messages, bytes: line.bytes + Buffer.byteLength(body) });
  }
  return { kept, left_out, lines };
}

/** They leave room for all others. */
const ONE_FOR_EACH: ReadonlySet<string> = new Set(ALARMS_OF_MANY);

const NONE_WAITS = { messages: 0, bytes: 0 } as const;

/** Whether a line may have no room for all of them. */
function isCrowded(drafts: readonly Draft[]): (line: Pick<OutboxLine, "messages" | "bytes">) => boolean {
  const length = drafts.reduce((sum, { entry }) => sum + Buffer.byteLength(entry.body), 0);
  return ({ messages, bytes }) =>
    messages + drafts.length > OUTBOX_ROOM.messages * SHARE_OF_SUBJECTS ||
    bytes + length > OUTBOX_ROOM.bytes * SHARE_OF_SUBJECTS;
}

/**
 * Adds the messages to the outbox, from where `createSender` takes them. A fact that a receiver already has is not added again, by any
 * replica. The alarms are written in the same transaction. Returns the number of new messages.
 */
export async function queueEvents(
  options: QueueOptions & { readonly records: Pick<DaemonRecords, "addOutbox"> },
  followed: Followed,
): Promise<number> {
  const { messages, alarms } = await draftMessages(options, followed);
  return options.records.addOutbox(messages, alarms);
}

/** Whether a receiver gets an event: by its targets and its types, of which some must be listed. */
export function isWanted({ events, targets }: NotificationConfig, event: NotifyEvent): boolean {
  if (targets.length > 0 && !targets.includes(event.target)) return false;
  return events.length === 0 ? !EVENTS_ON_REQUEST.has(event.type) : events.includes(event.type);
}
