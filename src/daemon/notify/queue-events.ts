import type { NotificationConfig } from "../../model/daemon/daemon-config.ts";
import type { DaemonRecords, Notifications, OutboxEntry } from "../../model/daemon/daemon-records.ts";
import { EVENTS_ON_REQUEST, type NotifyEvent } from "./event.ts";
import type { Followed } from "./follow-alarms.ts";
import { renderMessage } from "./render-message.ts";

/** What messages are made with. */
export interface QueueOptions {
  readonly records: Pick<DaemonRecords, "now">;
  readonly notifications: readonly NotificationConfig[];
  readonly public_url: string | null;
  /** A new id for each call; greater than the one before, where messages are to be sent in the order of their events. */
  readonly newId: () => string;
}

/** Drafts a message for each receiver of each event, as the outbox takes it. */
export async function draftMessages(
  { records, notifications, public_url, newId }: QueueOptions,
  { events, alarms }: Followed,
): Promise<Notifications> {
  const messages: OutboxEntry[] = [];
  for (const event of events) {
    for (const receiver of notifications.filter((notification) => isWanted(notification, event))) {
      const id = newId();
      const body = renderMessage(event, receiver, { id, public_url });
      messages.push({ id, receiver: receiver.name, key: event.key, body, attempts: 0, due_at: await records.now() });
    }
  }
  return { messages, alarms };
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
