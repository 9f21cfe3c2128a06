import {
  defineShape,
  described,
  type Fields,
  isCount,
  isJson,
  isJsonObject,
  isOneOf,
  isText,
  isTime,
  isTrue,
  listOf,
  objectOf,
  optional,
  orNull,
  textShape,
  unionOf,
} from "../json/shape.ts";
import type { Origin } from "../plan/plan.ts";
import { isAddress, isKind, isOp } from "../plan/plan-texts.ts";
import type { Blame, BlamedEntry, BlamedField, FieldSource } from "./blame.ts";
import type { ChangeEntry, RunWrites } from "./change-log.ts";

const isWriter = isOneOf("daemon", "cli", "library");
const isDecider = isOneOf("approval", "auto_apply", "drift", "command");
const isWholeNumber = defineShape<number>(Number.isInteger, { type: "integer" });
/** An origin as it was recorded: it is shown, and nothing is decided by it. */
const isRecordedOrigin = textShape<Origin>();

const ENTRY: Fields<ChangeEntry> = {
  seq: described(isWholeNumber, "Its place in the log: greater than that of every entry before"),
  at: described(isText, "When it was sent, ISO 8601 in UTC"),
  run_id: described(isText, "The apply; of a daemon the id of its pass"),
  step_id: isText,
  address: described(isAddress, "The change that it was a step of"),
  kind: isKind,
  physical_name: described(isText, "The object that was written to, by its name there"),
  op: isOp,
  place: described(
    orNull(isText),
    "The flyteadmin or place of delivery where it stands; null: the control plane, or it is not known",
  ),
  before: described(orNull(isJsonObject), "The fields that are written"),
  after: described(orNull(isJsonObject), "Null: it was deleted"),
  ...{ origin: isRecordedOrigin, revision: orNull(isText) },
  digest: described(isText, "Of the whole plan"),
  target: described(orNull(isText), "Null: a command wrote it"),
  ...{ via: isWriter, decided_by: isDecider, by: isText, approval: orNull(isText), overrides: listOf(isText) },
  result: described(
    isOneOf("confirmed", "found", "unanswered"),
    "`found`: no answer came, and a read showed that it was applied; `unanswered`: no answer came, and it is not known",
  ),
  ...{ withheld: optional(isTrue), left_out: optional(isTrue), too_large: optional(isCount) },
};

/** One write of the change log. */
export const isChangeEntry = described(
  objectOf<ChangeEntry>(ENTRY),
  "One write. `withheld`: its values are not shown until the next pass has sealed what became sensitive; `left_out`: a later try of the same write has them; `too_large`: how many bytes they take, which is more than is shown",
);

/** What one run wrote under one decision. */
export const isRunWrites = objectOf<RunWrites>({
  run_id: described(isText, "The id of the pass, or of the apply of a command"),
  target: described(orNull(isText), "Null: a command wrote it"),
  ...{ via: isWriter, digest: isText, revision: orNull(isText), decided_by: isDecider, by: isText },
  ...{ approval: orNull(isText), overrides: listOf(isText), at: isTime },
  ...{ first_seq: isCount, last_seq: isCount, writes: isCount },
  objects: described(listOf(isAddress), "Those of the first writes"),
});

const isBlamedEntry = objectOf<BlamedEntry>({
  ...{ seq: ENTRY.seq, at: ENTRY.at, run_id: ENTRY.run_id, op: ENTRY.op, revision: ENTRY.revision },
  ...{ digest: ENTRY.digest, target: ENTRY.target, via: ENTRY.via, decided_by: ENTRY.decided_by, by: ENTRY.by },
  ...{ approval: ENTRY.approval, overrides: ENTRY.overrides, result: ENTRY.result },
});

const isSource = described(
  unionOf<FieldSource>({
    written: { entry: isBlamedEntry },
    before_log: {},
    outside: { entry: isBlamedEntry },
    absent: {},
    withheld: {},
  }),
  "`written`, `outside`: with the `entry` of the change log that wrote it last, without its values",
);

const isBlamedField = described(
  objectOf<BlamedField>({
    path: isText,
    value: described(isJson, "As it was applied last"),
    source: isSource,
    live: optional(isJson),
  }),
  "`live`: what it was instead when it was looked at",
);

/** Where each field of an object comes from. */
export const isBlame = objectOf<Blame>({
  ...{ address: isAddress, physical_name: isText, fields: listOf(isBlamedField) },
  log_began: described(orNull(isTime), "The oldest entry of the change log that is kept"),
  looked_at: described(orNull(isTime), "Null: not read since it was written"),
  unread: optional(isText),
});
