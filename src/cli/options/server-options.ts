import type { Options } from "yargs";
import { type Address, parseAddress } from "../../model/address.ts";
import { parseDuration } from "../../model/text/parse-duration.ts";
import { CONNECTION_OPTIONS, JSON_OPTION, readDuration, readWhole, TARGET_OPTIONS, text } from "./option-tables.ts";
import { usage } from "./plan-options.ts";

type OptionTable = Readonly<Record<string, Options>>;

/** Which daemon, its credentials, and how to connect. */
export const SERVER_OPTIONS = {
  server: text("Connection:", "URL of the daemon (else POOLKEEPER_SERVER, else http://127.0.0.1:8090)"),
  "server-token": text(
    "Connection:",
    "Token of its API (better: POOLKEEPER_SERVER_TOKEN, which no process list shows)",
  ),
  "server-token-file": text("Connection:", "File that holds the token (else POOLKEEPER_SERVER_TOKEN_FILE)"),
  "ca-file": CONNECTION_OPTIONS["ca-file"],
  insecure: CONNECTION_OPTIONS.insecure,
  "insecure-skip-verify": CONNECTION_OPTIONS["insecure-skip-verify"],
  timeout: CONNECTION_OPTIONS.timeout,
  ...JSON_OPTION,
} as const satisfies OptionTable;

const ADDRESS = text(undefined, "One object of the target, KIND.NAME; the whole target when left out");
const LIMIT = {
  ...text(undefined, "Maximum number of entries"),
  default: "50",
  coerce: readWhole("--limit", 1, 500, "a whole number from 1 to 500"),
} as const;

const PLAN_TARGET = text(undefined, "The plan's target, needed where several targets have the same plan");

/** `approve`. */
export const APPROVE_OPTIONS = {
  target: PLAN_TARGET,
  override: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "Override this failed check or hold (window, freeze, ...) for this plan; may be repeated",
  },
  yes: { type: "boolean", default: false, describe: "Skip the confirmation" },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

/** `reject`. */
export const REJECT_OPTIONS = {
  target: PLAN_TARGET,
  reason: { ...text(undefined, "Why; kept in the audit"), demandOption: true },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

/** `pause`. */
export const PAUSE_OPTIONS = {
  address: ADDRESS,
  until: text(undefined, "When it ends: a duration (30s, 5m, 2h, 7d) or a time such as 2026-12-01T08:00:00Z"),
  reason: { ...text(undefined, "Why; shown wherever changes are held"), default: "no reason given" },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

/** `resume`. */
export const RESUME_OPTIONS = { address: ADDRESS, ...SERVER_OPTIONS } as const satisfies OptionTable;

/** `reconcile`. */
export const RECONCILE_OPTIONS = {
  revision: text(undefined, "Roll back to this earlier revision and stay there"),
  follow: { type: "boolean", default: false, describe: "Follow the branch again, after --revision" },
  wait: { type: "boolean", default: false, describe: "Wait for the pass and print its result" },
  "wait-limit": {
    ...text(undefined, "Longest wait of --wait: 30s, 5m, 2h"),
    default: "10m",
    coerce: readDuration("--wait-limit"),
  },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

/** `audit`. */
export const LIST_OPTIONS = { limit: LIMIT, ...SERVER_OPTIONS } as const satisfies OptionTable;

/** Whose change log is read without a daemon. */
const STORE = {
  store: text("Without a daemon:", "The store that is read: a folder or a postgres:// URL"),
  endpoint: { ...TARGET_OPTIONS.endpoint, group: "Without a daemon:" },
  org: { ...TARGET_OPTIONS.org, group: "Without a daemon:" },
  "flyteadmin-endpoint": { ...TARGET_OPTIONS["flyteadmin-endpoint"], group: "Without a daemon:" },
  sensitive: { ...TARGET_OPTIONS.sensitive, group: "Without a daemon:" },
} as const satisfies OptionTable;

/** `blame`. */
export const BLAME_OPTIONS = {
  target: text(undefined, "The daemon's target, needed where it has several"),
  ...SERVER_OPTIONS,
  ...STORE,
} as const satisfies OptionTable;

/** `history`. */
export const HISTORY_OPTIONS = {
  objects: { type: "string", describe: "Every write, of all objects or of this one: KIND.NAME" },
  place: text(undefined, "With --objects: only writes to this flyteadmin or delivery place, as entries name it"),
  since: {
    ...text(undefined, "With --objects: entries after this number, the oldest first"),
    coerce: readWhole("--since", 0, Number.MAX_SAFE_INTEGER, "the number of an entry, or 0"),
  },
  ...LIST_OPTIONS,
  ...STORE,
} as const satisfies OptionTable;

/** A time with its offset: without one, it would be another moment on another machine. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `--until`, a duration from `now` (milliseconds since 1970) or a time, as ISO 8601 in UTC; null where it is not given.
 * Throws an OperationalError `usage` for anything else, and for what is over already.
 */
export function readUntil(text: string | undefined, now: number): string | null {
  if (text === undefined) return null;
  const duration = parseDuration(text);
  const moment = duration === undefined ? (TIME.test(text) ? Date.parse(text) : Number.NaN) : now + duration;
  if (Number.isNaN(moment)) {
    throw usage(`--until ${text}: write a duration (30s, 5m, 2h, 7d) or a time with its offset, 2026-12-01T08:00:00Z.`);
  }
  if (moment <= now) throw usage(`--until ${text}: that is in the past.`);
  return new Date(moment).toISOString();
}

/** Reads `--address`: null where it is not given. Throws an OperationalError `usage` for what is none. */
export function readDaemonAddress(text: string | undefined): Address | null {
  if (text === undefined) return null;
  if (parseAddress(text) === undefined) {
    throw usage(`--address ${text}: not an address. Write KIND.NAME, for example cluster.east or queue.batch.`);
  }
  return text as Address;
}
