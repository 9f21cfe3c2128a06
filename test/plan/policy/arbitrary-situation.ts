import fc from "fast-check";
import type { Address } from "../../../src/model/address.ts";
import type { ApprovalState } from "../../../src/model/passes/approval.ts";
import type { Change, Plan } from "../../../src/model/plan/plan.ts";
import { GRADES } from "../../../src/model/plan/plan.ts";
import type { Op } from "../../../src/model/plan/step.ts";
import { bindOverrides } from "../../../src/plan/policy/bind-overrides.ts";
import type { Situation } from "../../../src/plan/policy/decide-what-runs.ts";
import { HOLD_OVERRIDES } from "../../../src/plan/policy/judge-holds.ts";
import { change, planOf, step } from "./plan-of.ts";
import { approve, DRIFT, NOW, POLICY } from "./situation-of.ts";

const ADDRESSES = ["cluster.a", "cluster.b", "queue.c", "queue.d", "queue.e"] as const;

/** What may be planned for one object: its change and the op of its step. */
const SHAPES: readonly (readonly [Partial<Change>, Op | null])[] = [
  [{ action: "create", before: null, action_reason: "absent" }, "create"],
  [{}, "update"],
  [{ after: { depth: 3 } }, "update"],
  [{ action: "delete", after: null, action_reason: "no_manifest" }, "delete"],
  [{ after: { state: "drained" } }, "drain"],
  [{ action: "adopt", action_reason: "not_owned" }, null],
];

/** Plans of a few objects, each with a change and a step that may rest on another. */
export const plans: fc.Arbitrary<Plan> = fc
  .array(
    fc.record({
      address: fc.constantFrom(...ADDRESSES),
      shape: fc.nat(SHAPES.length - 1),
      origin: fc.constantFrom<Change["origin"]>("commit", "drift", "both", "unknown"),
      restsOn: fc.option(fc.constantFrom(...ADDRESSES), { nil: null }),
    }),
    { maxLength: 5 },
  )
  .map((drawn) => {
    const chosen = [...new Map(drawn.map((one) => [one.address, one])).values()];
    const steps = chosen.flatMap(({ address, shape, restsOn }, index) => {
      const op = SHAPES[shape]?.[1] ?? null;
      const isBefore = chosen.slice(0, index).find((other) => other.address === restsOn);
      const before = isBefore === undefined ? null : SHAPES[isBefore.shape]?.[1];
      const after = before === null || before === undefined ? [] : [`${restsOn}/${before}`];
      return op === null ? [] : [step(address, op, { after })];
    });
    const changes = chosen.map(({ address, shape, origin }) => change(address, { ...SHAPES[shape]?.[0], origin }));
    return planOf({ changes, steps });
  });

/** Situations of such plans, with approvals of these and of others, and all that may hold them. */
export const situations: fc.Arbitrary<Situation> = fc
  .record({
    plan: plans,
    approved: fc.array(
      fc.record({
        other: fc.option(plans, { nil: null }),
        state: fc.constantFrom<ApprovalState>("open", "running", "done", "expired", "superseded", "rejected"),
        revision: fc.constantFrom("c0ffee", "beef"),
        overrides: fc.subarray([...HOLD_OVERRIDES, "max-disruption-share"]),
      }),
      { maxLength: 2 },
    ),
    auto_apply: fc.constantFrom(...GRADES),
    frozen: fc.boolean(),
    closed: fc.boolean(),
    begun: fc.subarray<Address>([...ADDRESSES]),
    action: fc.constantFrom("off" as const, "report" as const, "revert" as const),
    destructive: fc.boolean(),
    sightings: fc.constantFrom(1, 2),
    paused: fc.subarray<Address | null>([null, ...ADDRESSES], { maxLength: 2 }),
    appliedRevision: fc.constantFrom(null, "c0ffee"),
    contested: fc.subarray([...ADDRESSES]),
    unreviewed: fc.boolean(),
    rejected: fc.boolean(),
  })
  .map((drawn) => {
    const policy = {
      ...POLICY,
      auto_apply: drawn.auto_apply,
      freeze: drawn.frozen ? { reason: "year's end" } : null,
      windows: drawn.closed ? [CLOSED] : [],
    };
    return {
      plan: drawn.plan,
      rejection: drawn.rejected ? { by: "ops", at: "2026-06-01T11:30:00.000Z" } : null,
      approvals: drawn.approved.map(({ other, ...rest }, index) => {
        const { approval, plan } = approve(other ?? drawn.plan, { id: `a${index}`, ...rest });
        return { plan, approval: { ...approval, allowances: bindOverrides({ approval, plan }, policy) } };
      }),
      policy,
      drift: { ...DRIFT, action: drawn.action, destructive: drawn.destructive, sightings: drawn.sightings },
      pauses: drawn.paused.map((address) => ({ ...PAUSE, address })),
      sightings: [],
      contests: drawn.contested.map((address) => ({ address, reverted_at: [NOW], held_since: NOW, changed_by: null })),
      appliedRevision: drawn.appliedRevision,
      unreviewed: drawn.unreviewed ? [{ commit: "c0ffee", request: null, why: "nobody looked at it" }] : [],
      begun: new Set(drawn.begun),
      now: NOW,
    };
  });

const CLOSED = { name: "w", kind: "deny", schedule: "0 11 * * *", duration_ms: 7_200_000, time_zone: "UTC" } as const;
const PAUSE = { id: "p", target: "prod", by: "ops", reason: "", at: NOW, until: null };
