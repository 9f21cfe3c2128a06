import {
  either,
  isBoolean,
  isJsonObject,
  isNumber,
  isOneOf,
  isText,
  isTrue,
  listOf,
  objectOf,
  optional,
  orNull,
  type Shape,
} from "../json/shape.ts";
import { GENERATIONS, type InFlight } from "../objects/live.ts";
import {
  ACTIONS,
  type Allowance,
  type Change,
  type Check,
  DISRUPTIONS,
  type FieldOrigin,
  GRADES,
  type Impact,
  type LeftFields,
  type Notice,
  type OwnershipClaim,
  PLAN_FORMAT,
  type Plan,
  type PlanEffect,
  type PlanOptions,
  type PlanTarget,
  type Route,
  type RunRoute,
  type ShownFailure,
  type Summary,
} from "./plan.ts";
import { isAddress, isHash, isLimit, isLine, isLines, isName, isReason } from "./plan-texts.ts";
import { isStep } from "./step-shape.ts";

const names = listOf(isName);
const addresses = listOf(isAddress);
const isPath = listOf(isText);

const isOrigin = isOneOf("commit", "drift", "both", "unknown");

/** A change of a plan. */
export const isChange = objectOf<Change>({
  ...{ address: isAddress, physical_name: isName, previous_physical_name: orNull(isName) },
  ...{ action: isOneOf(...ACTIONS), before: orNull(isJsonObject), after: orNull(isJsonObject) },
  ...{ replace_paths: listOf(names), action_reason: isReason, origin: isOrigin },
  fields: optional(listOf(objectOf<FieldOrigin>({ path: isPath, origin: isOneOf("commit", "drift", "both") }))),
  ...{ changed_by: optional(isName), changed_at: optional(isName) },
});

/** A failed check as an approval shows it, or by its name alone. */
export const isAllowance: Shape<Allowance> = either(
  isText,
  objectOf<ShownFailure>({ check: isText, addresses: listOf(isText), concerns: optional(listOf(isText)) }),
);

const isOptions = objectOf<PlanOptions>({
  ...{ prune: isOneOf("none", "owned", "all"), on_pool_change: isOneOf("auto", "move", "replace") },
  ...{ target: addresses, exclude: addresses, replace: addresses, allow: listOf(isAllowance) },
  leave: optional(
    listOf(objectOf<LeftFields>({ address: isAddress, paths: listOf(isPath), of: isOneOf("commit", "drift") })),
  ),
  store: orNull(isName),
});

const isTarget = objectOf<PlanTarget>({
  ...{ endpoint: isLine, org: isLine, generation: isOneOf(...GENERATIONS) },
  ...{ flyteadmin: optional(isName), delivery: optional(isName) },
});

const isWays = orNull(names);
const isNowhere = isOneOf("refused", "unknown");
const isRoute = either(
  objectOf<Route>({ queue: isName, before: isWays, after: isWays }),
  objectOf<RunRoute>({
    ...{ system: isName, project: orNull(isName), domain: orNull(isName), workflow: orNull(isName) },
    ...{ queue: orNull(isName), before: isWays, after: isWays },
    ...{ before_outcome: optional(isNowhere), after_outcome: optional(isNowhere) },
    ...{ other_bucket: optional(isTrue), other_shares: optional(isTrue) },
  }),
);

const isWork = objectOf<InFlight>({ runs_in_flight: isNumber, actions_in_flight: isNumber, current_depth: isNumber });

/** What a manifest says of the end of its object. */
export const isLifecycle = objectOf<OwnershipClaim["lifecycle"]>({
  ...{ prevent_destroy: isBoolean, on_remove: isOneOf("delete", "orphan") },
});

const isClaim = objectOf<OwnershipClaim>({
  ...{ address: isAddress, physical_name: isName, previous_names: names },
  lifecycle: isLifecycle,
  ...{ applied: isJsonObject, manifest: isJsonObject, renamed_from: orNull(isAddress) },
});

/** A guard's verdict. */
export const isCheck = objectOf<Check>({
  ...{ name: isName, status: isOneOf("pass", "warn", "fail"), message: isLines, addresses: names },
  ...{ failing: optional(names), refused: optional(names), concerns: optional(names) },
  ...{ allowed: optional(isTrue), beside_drift: optional(isTrue) },
});

/** Counts of changes. */
export const isSummary = objectOf<Summary>({ add: isLimit, change: isLimit, replace: isLimit, destroy: isLimit });

/** A plan, in the format that plans have now. */
export const isPlan = objectOf<Plan>({
  ...{ format_version: isOneOf(PLAN_FORMAT), target: isTarget, revision: orNull(isName), options: isOptions },
  ...{ changes: listOf(isChange), steps: listOf(isStep) },
  effects: listOf(
    objectOf<PlanEffect>({
      ...{ address: isAddress, grade: isOneOf(...GRADES), disruption: isOneOf(...DISRUPTIONS) },
    }),
  ),
  notices: listOf(
    objectOf<Notice>({
      code: isName,
      message: isLines,
      addresses: names,
      queues: optional(names),
      place: optional(isText),
    }),
  ),
  routing: listOf(isRoute),
  impact: listOf(objectOf<Impact>({ queue: isName, in_flight: orNull(isWork), addresses: names })),
  ...{ checks: listOf(isCheck), summary: isSummary, unmanaged: names },
  ownership: objectOf<Plan["ownership"]>({
    ...{ claim: listOf(isClaim), release: addresses, settle: addresses, keep: optional(addresses) },
  }),
  ...{ reads: names, digest: isHash, live_digest: isHash, applyable: isBoolean },
});
