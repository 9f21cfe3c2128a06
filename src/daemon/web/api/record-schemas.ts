import { PASS_STEPS, TRIGGERS } from "../../../model/pass.ts";
import { STATES } from "../../../model/status.ts";
import { WEB_ERRORS } from "../web-error.ts";

/** A JSON Schema; one of {@link RECORD_SCHEMAS} is referred to as `{ $ref: "Name#" }`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const TEXT = { type: "string" } as const;
const TIME = { type: "string", description: "ISO 8601 in UTC" } as const;
const MAYBE_TEXT = { type: ["string", "null"] } as const;
const MAYBE_TIME = { type: ["string", "null"], description: "ISO 8601 in UTC" } as const;
const COUNT = { type: "integer", minimum: 0 } as const;

/** A list of one of the records. */
export function listOf(name: keyof typeof RECORD_SCHEMAS): JsonSchema {
  return { type: "array", items: refer(name) };
}

/** One of the records. */
export function refer(name: keyof typeof RECORD_SCHEMAS): JsonSchema {
  return { $ref: `${name}#` };
}

/** An object of which all the fields are there, and no others. */
export function record(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}

/** An object of which some fields are described; the others stand in the documents of its format. */
function open(properties: Readonly<Record<string, JsonSchema>>, description: string): JsonSchema {
  return { type: "object", description, required: Object.keys(properties), properties, additionalProperties: true };
}

function maybe(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

const ref = (name: string): JsonSchema => ({ $ref: `${name}#` });
const list = (name: string): JsonSchema => ({ type: "array", items: ref(name) });

const STATE_FIELDS = {
  target: TEXT,
  status: ref("Status"),
  last_pass: maybe(ref("Pass")),
  applied_revision: MAYBE_TEXT,
  good_revision: MAYBE_TEXT,
  pinned_revision: MAYBE_TEXT,
  last_success_at: MAYBE_TIME,
  failures: COUNT,
  drift_since: MAYBE_TIME,
  drifted: { type: "array", items: TEXT, description: "Addresses of what was changed outside" },
  contests: {
    type: "array",
    items: record({
      address: TEXT,
      reverted_at: { type: "array", items: TIME, description: "When it was reverted, oldest first" },
      held_since: { ...MAYBE_TIME, description: "Since when its reverts are suspended; null: it is reverted" },
      changed_by: { ...MAYBE_TEXT, description: "Who changed it last, where the control plane says" },
    }),
    description: "What was changed outside and reverted recently",
  },
  objects: { type: "array", items: record({ kind: TEXT, state: TEXT, count: COUNT }) },
  looked_at: MAYBE_TIME,
  unreachable: {
    type: "array",
    items: record({ queue: TEXT, waiting: COUNT, reason: TEXT, since: TIME }),
    description: "Queues that reach no cluster and have work that waits",
  },
  left_behind: {
    type: "array",
    items: record({ address: TEXT, message: TEXT, since: TIME }),
    description: "What interrupted runs left and people have to decide about",
  },
  other_writes: {
    type: "array",
    items: record({
      kind: { type: "string", enum: ["forestalled", "undone"] },
      address: TEXT,
      fields: { type: "array", items: TEXT },
      revision: MAYBE_TEXT,
      at: TIME,
      changed_by: { ...MAYBE_TEXT, description: "Who wrote there last, where the control plane says" },
      changed_at: MAYBE_TIME,
    }),
    description: "Traces of another writer that manages the target",
  },
  updated_at: TIME,
};

const OVERVIEW_FIELDS = {
  ...STATE_FIELDS,
  source: { type: "string", description: "Where its manifests are, without secrets" },
  control_plane: TEXT,
  org: TEXT,
  warnings: {
    type: "array",
    items: TEXT,
    description: "Problems of its configuration; empty for callers who may not operate it",
  },
  requests_trouble: {
    ...maybe(ref("RequestsTrouble")),
    description: "Why its pull requests can't be reviewed; null: they can, or are not configured",
  },
  pauses: list("Pause"),
  approvals: list("Approval"),
  running: maybe(ref("RunningPass")),
};

const PAUSE = {
  id: TEXT,
  target: TEXT,
  address: { ...MAYBE_TEXT, description: "Null: all of the target" },
  by: TEXT,
  reason: TEXT,
  at: TIME,
  until: { ...MAYBE_TIME, description: "Null: until it is lifted" },
};

/** What the API answers with, by name. Answers hold what stands here and nothing else. */
export const RECORD_SCHEMAS = {
  Error: record(
    {
      error: record({ code: { type: "string", enum: Object.keys(WEB_ERRORS) }, message: TEXT }),
      request_id: { type: "string", description: "Stands in the daemon's log too" },
    },
    "Why a request was refused",
  ),
  RequestsTrouble: record({
    code: { type: "string", description: "Stable" },
    message: TEXT,
    since: TIME,
    next_at: { ...TIME, description: "When they are looked at again at the latest" },
  }),
  Status: record({ state: { type: "string", enum: [...STATES] }, reason: TEXT, message: TEXT, since: TIME }),
  Outcome: open(
    { kind: TEXT },
    "synced | applied | waiting | held | blocked | invalid | refused | inconclusive | failed | cancelled, with what belongs to it",
  ),
  Pass: record({
    id: TEXT,
    target: TEXT,
    trigger: { type: "string", enum: [...TRIGGERS] },
    started_at: TIME,
    ended_at: TIME,
    revision: MAYBE_TEXT,
    digest: MAYBE_TEXT,
    outcome: ref("Outcome"),
  }),
  RunningPass: record({
    id: TEXT,
    started_at: TIME,
    step: { type: "string", enum: [...PASS_STEPS] },
    progress: { type: "array", items: TEXT, description: "Newest last" },
  }),
  Approval: record({
    id: TEXT,
    target: TEXT,
    digest: TEXT,
    revision: MAYBE_TEXT,
    by: TEXT,
    via: TEXT,
    at: TIME,
    expires_at: TIME,
    overrides: { type: "array", items: TEXT },
    state: { type: "string", enum: ["open", "running", "done", "expired", "superseded", "rejected"] },
  }),
  Offer: record(
    {
      name: { type: "string", description: "As an approval names it: freeze, window, paused, drift, or a check" },
      addresses: { type: "array", items: TEXT, description: "What is held without it" },
      needed: { type: "boolean", description: "All that are needed are required for anything to run" },
    },
    "What an approval may override, once",
  ),
  Refusal: record({ code: TEXT, message: TEXT }, "Why something is refused, and what to do"),
  Prospect: record(
    {
      kind: { type: "string", enum: ["runs", "later", "held", "idle", "stale"] },
      at: { ...MAYBE_TIME, description: "When it runs by itself, where it is later and that is known" },
      message: { type: "string", description: "Of what is held, why" },
      offers: list("Offer"),
      refused: record(
        { approve: maybe(ref("Refusal")), reject: maybe(ref("Refusal")) },
        "Why a decision of the caller is refused; null: it is accepted, an approval with the offers that are needed",
      ),
      approved: {
        ...maybe(record({ by: TEXT, overrides: { type: "array", items: TEXT } })),
        description: "The approval of this plan that counts now",
      },
      rejected: {
        ...maybe(record({ by: TEXT, at: TIME, reason: MAYBE_TEXT })),
        description: "The rejection that stands; `reason` is null where none is known",
      },
      decided: {
        type: "integer",
        description:
          "The newest rejection that this takes into account: an approval names it, and is refused after a newer one",
      },
      command: { ...MAYBE_TEXT, description: "Approves the plan with all that it needs; null: nothing to do next" },
    },
    "What the caller may decide about a plan, and the effect of an approval",
  ),
  NextStep: record(
    {
      target: TEXT,
      message: { type: "string", description: "What it does; where there is no command, why, and who may" },
      command: { ...MAYBE_TEXT, description: "Accepted as it is from the caller" },
    },
    "What can be done next about a target",
  ),
  Pause: record(PAUSE),
  GivenPause: record({
    ...PAUSE,
    warning: {
      ...MAYBE_TEXT,
      description: "Why it holds nothing for now. Null: it holds something, or that is not known",
    },
  }),
  AppliedRevision: record({
    target: TEXT,
    revision: TEXT,
    at: TIME,
    digest: TEXT,
    pass: TEXT,
    approval: MAYBE_TEXT,
    place: {
      ...MAYBE_TEXT,
      description:
        "Control plane, repository, branch and folder that it was applied with, for comparisons. Null: an older release applied it",
    },
  }),
  AuditEntry: record({
    id: TEXT,
    at: TIME,
    target: MAYBE_TEXT,
    who: TEXT,
    via: TEXT,
    action: TEXT,
    details: { type: "object", additionalProperties: true },
  }),
  ChangeEntry: open(
    {
      seq: { type: "integer", description: "Its place in the log: greater than that of every entry before" },
      at: { type: "string", description: "When it was sent, ISO 8601 in UTC" },
      run_id: { type: "string", description: "The apply; of a daemon the id of its pass" },
      step_id: TEXT,
      address: { type: "string", description: "The change that it was a step of" },
      kind: TEXT,
      physical_name: { type: "string", description: "The object that was written to, by its name there" },
      op: TEXT,
      place: {
        ...MAYBE_TEXT,
        description: "The flyteadmin or place of delivery where it stands; null: the control plane, or it is not known",
      },
      before: { type: ["object", "null"], additionalProperties: true, description: "The fields that are written" },
      after: { type: ["object", "null"], additionalProperties: true, description: "Null: it was deleted" },
      origin: TEXT,
      revision: MAYBE_TEXT,
      digest: { type: "string", description: "Of the whole plan" },
      target: { ...MAYBE_TEXT, description: "Null: a command wrote it" },
      via: { type: "string", enum: ["daemon", "cli", "library"] },
      decided_by: { type: "string", enum: ["approval", "auto_apply", "drift", "command"] },
      by: TEXT,
      approval: MAYBE_TEXT,
      overrides: { type: "array", items: TEXT },
      result: { type: "string", enum: ["confirmed", "unanswered"] },
    },
    "One write. `withheld`: its values are not shown until the next pass has sealed what became sensitive",
  ),
  RunWrites: record({
    run_id: { type: "string", description: "The id of the pass, or of the apply of a command" },
    target: { ...MAYBE_TEXT, description: "Null: a command wrote it" },
    via: { type: "string", enum: ["daemon", "cli", "library"] },
    digest: TEXT,
    revision: MAYBE_TEXT,
    decided_by: { type: "string", enum: ["approval", "auto_apply", "drift", "command"] },
    by: TEXT,
    approval: MAYBE_TEXT,
    overrides: { type: "array", items: TEXT },
    at: TIME,
    first_seq: COUNT,
    last_seq: COUNT,
    writes: COUNT,
    objects: { type: "array", items: TEXT, description: "Those of the first writes" },
  }),
  Blame: record({
    address: TEXT,
    physical_name: TEXT,
    fields: {
      type: "array",
      items: open(
        {
          path: TEXT,
          value: { description: "As it was applied last" },
          source: open(
            { kind: { type: "string", enum: ["written", "before_log", "outside", "absent", "withheld"] } },
            "`written`, `outside`: with the `entry` of the change log that wrote it last, without its values",
          ),
        },
        "`live`: what it was instead when it was looked at",
      ),
    },
    log_began: { ...MAYBE_TIME, description: "The oldest entry of the change log that is kept" },
    looked_at: { ...MAYBE_TIME, description: "Null: not read since it was written" },
  }),
  Plan: open({ format_version: TEXT, digest: TEXT }, "As `poolkeeper plan --json` prints it"),
  KeptPlan: record({ target: TEXT, digest: TEXT, revision: MAYBE_TEXT, made_at: TIME, plan: ref("Plan") }),
  RequestStatus: record({
    state: { type: "string", enum: ["pending", "success", "failure", "error"] },
    description: TEXT,
  }),
  RequestOutcome: open({ kind: TEXT }, "closed | merged | waiting | held | applied | failed, with what belongs to it"),
  Request: record(
    {
      target: TEXT,
      number: COUNT,
      url: { type: "string", description: "Its page on the forge, as the forge has it" },
      author: TEXT,
      head: { type: "string", description: "Its newest commit" },
      verdict: { type: "string", enum: ["planned", "unconcerned", "invalid", "conflict", "skipped", "failed"] },
      digest: { ...MAYBE_TEXT, description: "Of its plan; null: it has none" },
      needs_approval: { type: "boolean", description: "Whether something that it changes needs an approval" },
      approved_by: { ...MAYBE_TEXT, description: "Who approved this plan on the request; null: not approved" },
      outcome: { ...maybe(ref("RequestOutcome")), description: "Null: it is open" },
      statuses: record({ plan: ref("RequestStatus"), apply: ref("RequestStatus") }),
      updated_at: TIME,
    },
    "One pull request at a glance",
  ),
  Verdict: open(
    { kind: TEXT },
    "planned | unconcerned | invalid | conflict | skipped | failed, with what belongs to it; of `planned` the whole plan, its parts, and the requests that overlap",
  ),
  Review: record({
    target: TEXT,
    head: { type: "string", description: "The commit that was looked at" },
    base: { ...MAYBE_TEXT, description: "The base branch's commit that it was merged into; null: that was not done" },
    verdict: ref("Verdict"),
    outcome: maybe(ref("RequestOutcome")),
    approval: { type: "string", enum: ["merge", "explicit"] },
    approved: maybe(record({ needed: { const: true }, by: MAYBE_TEXT })),
    made_at: TIME,
    version: { type: "string", description: "Of poolkeeper" },
    page: MAYBE_TEXT,
  }),
  RequestDetail: record({ record: ref("Request"), review: ref("Review") }, "A pull request with its whole plan"),
  TargetOverview: record(OVERVIEW_FIELDS, "One target at a glance"),
  TargetDetail: record(
    {
      ...OVERVIEW_FIELDS,
      plan: maybe(ref("KeptPlan")),
      passes: list("Pass"),
      applied: list("AppliedRevision"),
      audit: list("AuditEntry"),
    },
    "Everything of one target",
  ),
} as const;
