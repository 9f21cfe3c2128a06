import type { Dispatcher } from "undici";
import type { NotificationConfig, SecretReference } from "../../model/daemon/daemon-config.ts";
import { type DaemonRecords, LONGEST_DELAY_MS, type TakenEntry } from "../../model/daemon/daemon-records.ts";
import { RECEIVERS } from "../../model/daemon/receivers.ts";
import { targetOfKey } from "../../model/daemon/target-of-key.ts";
import { backOff } from "../../model/errors/back-off.ts";
import type { MonotonicClock } from "../../store/leases/monotonic-clock.ts";
import { listAddressSecrets } from "../../systems/http/list-address-secrets.ts";
import { createCredentialRedactor } from "../../systems/http/redact-credentials.ts";
import type { Log } from "../logging/log.ts";
import { type PostResult, postMessage } from "./post-message.ts";
import { signMessage } from "./sign-message.ts";
import { withholdMessage } from "./withhold-message.ts";

/** The result of an attempt, for `poolkeeper_notifications_total`. `given_up`: the last attempt failed; `dropped`: the receiver is gone. */
export type SendResult = "sent" | "deferred" | "refused" | "given_up" | "dropped";

/** The dependencies of a sender. */
export interface SenderOptions {
  readonly records: Pick<DaemonRecords, "now" | "takeOutbox" | "endOutbox" | "deferOutbox">;
  /** Called for each batch, so that a reload takes effect. */
  readonly notifications: () => readonly NotificationConfig[];
  /** The targets whose stored records are not all sealed by the current rules: the details of their messages are withheld. */
  readonly listUnsealed: () => Promise<readonly string[]>;
  /** Throws where a secret can't be read; that is retried. */
  readonly readSecret: (reference: SecretReference) => string | Promise<string>;
  readonly http: Dispatcher;
  readonly clock: MonotonicClock;
  readonly log: Log;
  /** Calls `listen` where messages may have been added: `run` looks into the outbox then, too. Default: it looks by itself alone. */
  readonly subscribe?: (listen: () => void, signal: AbortSignal) => void;
  /** Called after each try. */
  readonly onResult?: (receiver: string, result: SendResult) => void;
  readonly limits?: Partial<SenderLimits>;
}

/** Limits of a sender; times are milliseconds. */
export interface SenderLimits {
  /** For one try. Default 10 s. */
  readonly timeout_ms: number;
  /** Tries of one message. Default 12: over about seven hours. */
  readonly attempts: number;
  /**
   * How old a message is when it is tried for the last time. Default 24 h. Those that wait behind others are tried late: without an end, the
   * messages to a receiver that never comes back would add up.
   */
  readonly longest_wait_ms: number;
  /** The pause after the first try; it doubles with each. Default 30 s. */
  readonly first_pause_ms: number;
  /** The longest delay, regardless of a receiver's Retry-After; {@link LONGEST_DELAY_MS} at most. Default 1 h. */
  readonly longest_pause_ms: number;
  /** Messages claimed per batch, one of each receiver. Default 20. */
  readonly batch: number;
  /** How long claimed messages belong to this sender; after a crash no other sender sends them for that long. Default 5 min. */
  readonly hold_ms: number;
  /** How often the outbox is looked into by `run`. Default 5 s. */
  readonly poll_ms: number;
}

const DEFAULT_LIMITS: SenderLimits = {
  timeout_ms: 10_000,
  attempts: 12,
  longest_wait_ms: 24 * LONGEST_DELAY_MS,
  first_pause_ms: 30_000,
  longest_pause_ms: LONGEST_DELAY_MS,
  batch: 20,
  hold_ms: 300_000,
  poll_ms: 5_000,
};

/** Sends what is in the outbox. */
export interface Sender {
  /**
   * Tries one message of each receiver once where one is due, and returns how many there were; a call in progress is finished when the
   * signal aborts.
   */
  sendDue(signal: AbortSignal): Promise<number>;
  /**
   * Repeats until the signal aborts, and resolves when nothing is being sent; receivers do not wait for each other. A store that is
   * not reachable is logged and retried.
   */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Delivers messages at least once: one whose answer is lost, or whose sender stops between the answer and the record of it, is
 * sent again with the same id. Several senders share an outbox; each message is taken by one. Those of one receiver about one target are one
 * line: none is tried before the older ones were sent, refused or given up, so that an alarm never arrives after its own end. The targets of a
 * receiver take turns, without a pause. One that limits the rate gets nothing at all until it may. Logs and reasons name the receiver, never its address.
 */
export function createSender(options: SenderOptions): Sender {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const take = async (busy: readonly string[]): Promise<Batch> => {
    const until = options.clock.now() + limits.hold_ms;
    const unsealed = new Set(await options.listUnsealed());
    const taken = await options.records.takeOutbox(limits.batch, limits.hold_ms, busy);
    return { until, unsealed, taken };
  };
  const send = (batch: Batch, entry: TakenEntry, signal: AbortSignal) => sendOne(options, limits, entry, batch, signal);
  return {
    sendDue: async (signal) => {
      const batch = await take([]);
      await Promise.all(batch.taken.map((entry) => send(batch, entry, signal)));
      return batch.taken.length;
    },
    run: (signal) => runSender(options, limits, { take, send }, signal),
  };
}

/** A claimed batch, until when it belongs to this sender, and of which targets no details are sent. */
interface Batch {
  readonly until: number;
  readonly unsealed: ReadonlySet<string>;
  /** One of each receiver. */
  readonly taken: readonly TakenEntry[];
}

const NOTHING: Batch = { until: 0, unsealed: new Set(), taken: [] };

interface Sending {
  readonly take: (busy: readonly string[]) => Promise<Batch>;
  readonly send: (batch: Batch, entry: TakenEntry, signal: AbortSignal) => Promise<void>;
}

async function runSender(
  { clock, log, subscribe }: SenderOptions,
  { poll_ms }: SenderLimits,
  { take, send }: Sending,
  signal: AbortSignal,
): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  const logFailure = (err: unknown) =>
    log.error({ err }, "Notifications could not be claimed in the store or released; retrying.");
  let resting = new AbortController();
  subscribe?.(() => resting.abort(), signal);
  while (!signal.aborted) {
    // Before the look: what is added during it is looked for again.
    const rest = new AbortController();
    resting = rest;
    const batch = (await take([...busy.keys()]).catch(logFailure)) ?? NOTHING;
    for (const entry of batch.taken) {
      const sending = send(batch, entry, signal).catch(logFailure);
      busy.set(
        entry.receiver,
        sending.then(() => void busy.delete(entry.receiver)),
      );
    }
    // The next message of that receiver may be due.
    for (const sending of busy.values()) void sending.then(() => rest.abort());
    await clock.sleep(poll_ms, AbortSignal.any([signal, rest.signal]));
  }
  await Promise.all(busy.values());
}

async function sendOne(
  options: SenderOptions,
  limits: SenderLimits,
  entry: TakenEntry,
  { until, unsealed }: Batch,
  signal: AbortSignal,
): Promise<void> {
  // Close to the end of the claim another sender may take the message: leave it to that one.
  if (options.clock.now() + limits.timeout_ms >= until) return;
  if (signal.aborted) return options.records.deferOutbox(entry.id, await options.records.now());
  const receiver = options.notifications().find(({ name }) => name === entry.receiver);
  if (receiver === undefined) return end(options, entry, "dropped", "the receiver is no longer configured");
  const body = unsealed.has(targetOfKey(entry.key)) ? withholdMessage(entry, receiver) : entry.body;
  const result = await tryToPost(options, limits, receiver, { ...entry, body });
  if (result.kind === "sent") return end(options, entry, "sent", null);
  if (result.kind === "refused") return end(options, entry, "refused", result.reason);
  return isLastTry(entry, limits, await options.records.now())
    ? end(options, entry, "given_up", result.reason)
    : defer(options, limits, entry, result);
}

function isLastTry({ attempts, added_at }: TakenEntry, limits: SenderLimits, now: string): boolean {
  return attempts >= limits.attempts || Date.parse(now) - Date.parse(added_at) >= limits.longest_wait_ms;
}

async function tryToPost(
  { records, readSecret, http }: SenderOptions,
  { timeout_ms }: SenderLimits,
  { type, url: urlReference, secret: secretReference }: NotificationConfig,
  { id, body }: TakenEntry,
): Promise<PostResult> {
  const at = await records.now();
  let url: string;
  let secret: string | null;
  try {
    url = await readSecret(urlReference);
    secret = secretReference === null ? null : await readSecret(secretReference);
  } catch {
    // The error names the location of a secret, which the configuration's log has; here the receiver's name is enough.
    return { kind: "deferred", reason: "its URL or secret can't be read", retry_after_ms: null, rests: false };
  }
  if (!isWebAddress(url)) {
    const reason = "its URL must begin with http:// or https://";
    return { kind: "deferred", reason, retry_after_ms: null, rests: false };
  }
  const headers = RECEIVERS[type].signs ? signMessage({ id, body, secret, at }) : {};
  const credentials = [...listAddressSecrets(url), ...(secret === null ? [] : [{ secret }])];
  const redact = createCredentialRedactor(() => credentials);
  return postMessage({ url, headers, body }, { http, timeout_ms, redact, now: Date.parse(at) });
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
}

async function end(
  options: SenderOptions,
  entry: TakenEntry,
  result: SendResult,
  reason: string | null,
): Promise<void> {
  await options.records.endOutbox(entry.id);
  const fields = { receiver: entry.receiver, delivery: entry.id, key: entry.key, attempts: entry.attempts };
  if (reason === null) options.log.info(fields, "Notification sent.");
  else options.log.error({ ...fields, reason }, `Notification not sent (${result}); it is not retried.`);
  options.onResult?.(entry.receiver, result);
}

async function defer(
  options: SenderOptions,
  limits: SenderLimits,
  entry: TakenEntry,
  { reason, retry_after_ms, rests }: Extract<PostResult, { kind: "deferred" }>,
): Promise<void> {
  const pause = choosePause(limits, entry.attempts, retry_after_ms);
  const due = Date.parse(await options.records.now()) + pause;
  await options.records.deferOutbox(entry.id, new Date(due).toISOString(), rests);
  const fields = { receiver: entry.receiver, delivery: entry.id, key: entry.key, attempts: entry.attempts };
  options.log.warn({ ...fields, reason, pause_ms: pause }, "Notification not sent yet; retrying.");
  options.onResult?.(entry.receiver, "deferred");
}

/** The receiver's Retry-After, at least the exponential backoff, at most the longest delay. */
function choosePause(
  { first_pause_ms, longest_pause_ms }: SenderLimits,
  attempts: number,
  asked: number | null,
): number {
  const longest = longest_pause_ms;
  return Math.min(asked ?? backOff({ first: first_pause_ms, longest }, attempts), longest);
}
