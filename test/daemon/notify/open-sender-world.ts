import { Agent } from "undici";
import { onTestFinished } from "vitest";
import { createLog } from "../../../src/daemon/logging/create-log.ts";
import { createSender, type SenderOptions } from "../../../src/daemon/notify/create-sender.ts";
import type { EventDetails } from "../../../src/daemon/notify/event.ts";
import { queueEvents } from "../../../src/daemon/notify/queue-events.ts";
import type { NotificationConfig } from "../../../src/model/daemon/daemon-config.ts";
import { makeEvent } from "./make-event.ts";
import { type MemoryOutbox, openOutbox } from "./open-outbox.ts";
import { openReceiver, type Receiver } from "./open-receiver.ts";

/** The secrets that receivers refer to. */
export const SECRETS: Readonly<Record<string, string>> = { HMAC: "signing-secret" };

/** A signal that never comes. */
export const never = new AbortController().signal;

/** A configured receiver. */
export function makeReceiver(changes: Partial<NotificationConfig> = {}): NotificationConfig {
  return {
    name: "audit",
    type: "webhook",
    url: { env: "URL" },
    secret: { env: "HMAC" },
    events: [],
    targets: [],
    template: null,
    ...changes,
  };
}

/** A sender with its outbox and receiver, and what it said and counted. */
export async function openWorld({
  notifications = [makeReceiver()],
  ...changes
}: { notifications?: readonly NotificationConfig[] } & Partial<Pick<SenderOptions, "limits" | "clock">> = {}) {
  const outbox = openOutbox();
  const receiver = await openReceiver();
  const lines: string[] = [];
  const results: string[] = [];
  const http = new Agent();
  onTestFinished(() => http.destroy());
  let ids = 0;
  const open = (more: Partial<SenderOptions> = {}) =>
    createSender({
      records: outbox,
      notifications: () => notifications,
      listUnsealed: async () => [],
      readSecret: (reference) => ("env" in reference && SECRETS[reference.env]) || receiver.url,
      http,
      clock: { now: () => 0, sleep: async () => undefined },
      log: createLog({ level: "debug", destination: { write: (line) => void lines.push(line) } }),
      onResult: (name, result) => results.push(`${name} ${result}`),
      ...changes,
      ...more,
    });
  const queueOf = (target: string, ...events: readonly EventDetails[]) =>
    queueEvents(
      { records: outbox, notifications, public_url: null, newId: () => `delivery-${++ids}` },
      {
        events: events.map((details, index) => ({
          ...makeEvent(details, target),
          key: `${target}/${details.type}/${index}`,
        })),
        alarms: [],
      },
    );
  const queue = (...events: readonly EventDetails[]) => queueOf("production", ...events);
  return { outbox, receiver, lines, results, open, queue, queueOf };
}

/** When the messages of an outbox are due. */
export function dueIn(outbox: MemoryOutbox): readonly number[] {
  return outbox.waiting().map(({ due_at }) => (Date.parse(due_at) - Date.parse("2026-11-21T12:00:00.000Z")) / 1000);
}

/** The ids of the messages that a receiver got. */
export function idsOf({ received }: Receiver): readonly unknown[] {
  return received.map(({ headers }) => headers["x-poolkeeper-delivery"]);
}
