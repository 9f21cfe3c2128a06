import type { Options } from "yargs";
import { GENERATIONS } from "../../model/objects/live.ts";
import { parseDuration } from "../../model/text/parse-duration.ts";
import { usage } from "./plan-options.ts";
import { readFolderPath } from "./read-folder-path.ts";

/** How a result is printed. */
export type OutputFormat = "text" | "concise" | "json" | "markdown";

type OptionTable = Readonly<Record<string, Options>>;

/** `--json`, for every command that has a result. */
export const JSON_OPTION = {
  json: { type: "boolean", default: false, describe: "Print one JSON document instead of text" },
} as const satisfies OptionTable;

/** `--strict`, for every command that checks a file or folder. */
export const STRICT_OPTION = {
  strict: { type: "boolean", default: false, describe: "Count warnings as errors: exit 3" },
} as const satisfies OptionTable;

/** `--concise`, for every command that prints a plan. */
export const CONCISE_OPTION = {
  concise: { type: "boolean", default: false, describe: "Shorten each change that destroys nothing to one line" },
} as const satisfies OptionTable;

/** `--plan-key-file`, for every command that writes or reads plan files. */
export const PLAN_KEY_OPTION = {
  "plan-key-file": text(undefined, "File with the key that authenticates plan files (else POOLKEEPER_PLAN_KEY)"),
} as const satisfies OptionTable;

/** How a plan is printed. */
export const FORMAT_OPTIONS = {
  ...JSON_OPTION,
  ...CONCISE_OPTION,
  markdown: { type: "boolean", default: false, describe: "Print Markdown instead of text" },
} as const satisfies OptionTable;

/** Which control plane, which organization, and how to connect. */
export const CONNECTION_OPTIONS = {
  endpoint: text("Connection:", "URL of the control plane (else POOLKEEPER_ENDPOINT, else the flyte config file)"),
  org: text("Connection:", "Organization (else POOLKEEPER_ORG, else the flyte config file)"),
  token: text("Connection:", "Bearer token (better: POOLKEEPER_TOKEN, which no process list shows)"),
  "ca-file": text("Connection:", "PEM file of additional certificate authorities to trust"),
  insecure: { type: "boolean", group: "Connection:", describe: "Allow plain http:// to any host" },
  "insecure-skip-verify": { type: "boolean", group: "Connection:", describe: "Skip verification of TLS certificates" },
  timeout: {
    ...text("Connection:", "Timeout of one request: 30s, 5m, 2h (default: 30s, 10s for a write)"),
    coerce: readTimeout,
  },
} as const satisfies OptionTable;

const READ_OPTIONS = {
  ...CONNECTION_OPTIONS,
  "flyteadmin-endpoint": text("Connection:", "URL of flyteadmin (else POOLKEEPER_FLYTEADMIN_ENDPOINT)"),
  "flyteadmin-token": text("Connection:", "Its bearer token (better: POOLKEEPER_FLYTEADMIN_TOKEN)"),
  scope: {
    type: "string",
    array: true,
    nargs: 1,
    group: "Connection:",
    describe: "Additional settings scope to read: DOMAIN or DOMAIN/PROJECT; may be repeated",
  },
  sensitive: {
    type: "string",
    array: true,
    nargs: 1,
    group: "Sensitive values:",
    describe: "Pattern over ADDRESS.PATH of values never to show or store; may be repeated",
  },
} as const satisfies OptionTable;

/** All systems of a target. */
export const TARGET_OPTIONS = {
  ...READ_OPTIONS,
  deliver: text(
    "Connection:",
    "Destination of Flyte's cluster files: a folder or URL#BRANCH (else POOLKEEPER_DELIVER)",
  ),
} as const satisfies OptionTable;

/** What `status` reads: no delivered files. */
export const STATUS_OPTIONS = { ...JSON_OPTION, ...READ_OPTIONS } as const satisfies OptionTable;

/** What manifests may refer to, for every command that compares them with what is live. */
const REFERENCE_OPTION = {
  reference: {
    type: "string",
    array: true,
    nargs: 1,
    group: "Sensitive values:",
    describe: "Allowed references of manifests: env:NAME or file:PATH; may be repeated (else POOLKEEPER_REFERENCES)",
  },
} as const satisfies OptionTable;

/** What shapes a plan. */
export const SHAPING_OPTIONS = {
  prune: {
    choices: ["none", "owned", "all"],
    group: "Plan:",
    describe: "Delete objects that no manifest names any more",
    defaultDescription: "owned with --store, else none",
  },
  store: text("Plan:", "Store of ownership: a folder or a postgres:// URL"),
  target: many("Only this address and its dependencies; may be repeated"),
  exclude: many("Exclude this address and what depends on it; may be repeated"),
  replace: many("Register this address again under a new name; may be repeated"),
  "on-pool-change": {
    choices: ["auto", "move", "replace"],
    group: "Plan:",
    describe: "How a change of pool is applied",
    defaultDescription: "auto",
  },
  allow: many("Ignore this failed check for this run; may be repeated"),
  ...REFERENCE_OPTION,
} as const satisfies OptionTable;

/** What shapes a comparison that is never applied. */
export const DRIFT_SHAPING_OPTIONS = {
  store: SHAPING_OPTIONS.store,
  target: SHAPING_OPTIONS.target,
  exclude: SHAPING_OPTIONS.exclude,
  ...REFERENCE_OPTION,
} as const satisfies OptionTable;

/** What shapes a plan that is only shown. */
const LOOKING_OPTIONS = {
  prune: SHAPING_OPTIONS.prune,
  store: SHAPING_OPTIONS.store,
  replace: SHAPING_OPTIONS.replace,
  "on-pool-change": SHAPING_OPTIONS["on-pool-change"],
  ...REFERENCE_OPTION,
  ...TARGET_OPTIONS,
} as const satisfies OptionTable;

/** What `routing` explains. */
export const ROUTING_OPTIONS = {
  project: text("Question:", "Runs of this project; all known projects when left out"),
  domain: text("Question:", "Runs in this domain"),
  workflow: text("Question:", "Runs of this workflow; needs --project and --domain"),
  queue: text("Question:", "The work of this queue"),
  ...JSON_OPTION,
  ...LOOKING_OPTIONS,
} as const satisfies OptionTable;

/** How `graph` draws. */
export const GRAPH_OPTIONS = {
  format: { choices: ["svg", "dot", "mermaid"], default: "svg", describe: "Output format" },
  out: text(undefined, "Write the graph to this file"),
  ...LOOKING_OPTIONS,
} as const satisfies OptionTable;

/** How a plan is applied. */
export const APPLY_OPTIONS = {
  "auto-approve": { type: "boolean", default: false, describe: "Skip the confirmation; overrides no check" },
  wait: {
    ...text(undefined, "Longest wait for queues to drain: 30s, 5m, 2h; never interrupts work"),
    default: "10m",
    coerce: readDuration("--wait"),
  },
  parallelism: {
    ...text(undefined, "Concurrent writes"),
    default: "10",
    coerce: readWhole("--parallelism", 1, Number.MAX_SAFE_INTEGER, "a whole number from 1"),
  },
} as const satisfies OptionTable;

/** How the embedded control plane is served. */
export const SERVING_OPTIONS = {
  port: { ...text(undefined, "Port to serve on; 0 picks a free one"), default: "0", coerce: readPort("--port") },
  generation: { choices: GENERATIONS, default: "2026-11", describe: "API generation to emulate" },
  org: { ...text(undefined, "Organization to serve"), default: "acme" },
  data: {
    ...text(undefined, "Folder for the state; without one it is lost on exit"),
    coerce: readFolderPath("--data"),
  },
  token: text(undefined, "Bearer token that requests must send"),
  "tls-cert": text(undefined, "Certificate to serve TLS with, PEM; needs --tls-key"),
  "tls-key": text(undefined, "Its key, PEM"),
  simulate: { type: "boolean", default: false, describe: "Simulate data planes that report, work and drain" },
  "admin-port": {
    ...text(undefined, "Serve the admin interface on this port of loopback; 0 picks a free one"),
    coerce: readPort("--admin-port"),
  },
} as const satisfies OptionTable;

/** The one format that the flags ask for. Throws an OperationalError `usage` when they ask for two. */
export function chooseFormat(flags: Readonly<Record<"json" | "markdown" | "concise", boolean>>): OutputFormat {
  const chosen = (["json", "markdown", "concise"] as const).filter((format) => flags[format]);
  if (chosen.length > 1) throw usage(`${chosen.map((format) => `--${format}`).join(" and ")} exclude each other.`);
  return chosen[0] ?? "text";
}

/** How an option of one line of text is described. */
export function text(group: string | undefined, describe: string) {
  return { type: "string", requiresArg: true, describe, ...(group !== undefined && { group }) } as const;
}

function many(describe: string) {
  return { type: "string", array: true, nargs: 1, group: "Plan:", describe } as const;
}

/** How an option that is a duration becomes milliseconds. */
export function readDuration(flag: string): (given: unknown) => number {
  return (given) => {
    const milliseconds = parseDuration(one(flag, given));
    if (milliseconds === undefined) throw usage(`${flag} ${given}: write 30s, 5m or 2h.`);
    return milliseconds;
  };
}

/** A timeout of zero would mean no time limit. */
function readTimeout(given: unknown): number {
  const milliseconds = readDuration("--timeout")(given);
  if (milliseconds === 0) throw usage(`--timeout ${given}: write a duration above zero, for example 30s.`);
  return milliseconds;
}

function readPort(flag: string): (given: unknown) => number {
  return readWhole(flag, 0, 65_535, "a port from 1 to 65535, or 0, which picks a free one");
}

/** How an option that is a whole number becomes one. */
export function readWhole(flag: string, least: number, most: number, wanted: string): (given: unknown) => number {
  return (given) => {
    const digits = one(flag, given);
    const number = Number(digits);
    if (!/^\d+$/.test(digits) || number < least || number > most) throw usage(`${flag} ${digits}: write ${wanted}.`);
    return number;
  };
}

/** An option that takes one value and was given twice comes as a list. */
function one(flag: string, given: unknown): string {
  if (typeof given !== "string") throw usage(`${flag} is given more than once.`);
  return given;
}
