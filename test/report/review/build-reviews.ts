import type { Address } from "../../../src/model/address.ts";
import type { Diagnostic } from "../../../src/model/diagnostics/diagnostic.ts";
import type { HeldChange } from "../../../src/model/passes/pass.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import type { Overlap, PlanParts, Review, ReviewOutcome, ReviewVerdict } from "../../../src/model/reviews/review.ts";
import { readPlan } from "../read-plan.ts";

export const HEAD = "9f2c4b7de1a85306fb1d2c3e4f5061728394a5b6";
export const BASE = "41d0e8a97b6c5f4e3d2c1b0a99887766554433aa";
const DIGEST = "3b1f0c9a7d5264e8f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708";

/** A review of the target `production`, planned and open, where nothing else is said. */
export function makeReview(verdict: ReviewVerdict, rest: Partial<Review> = {}): Review {
  return {
    target: "production",
    head: HEAD,
    base: verdict.kind === "planned" ? BASE : null,
    verdict,
    outcome: null,
    approval: "merge",
    approved: null,
    made_at: "2026-11-21T12:00:00.000Z",
    version: "0.1.0",
    page: "https://poolkeeper.example.com/targets/production",
    ...rest,
  };
}

/** A plan that a request makes alone, but for those of its addresses that `parts` puts elsewhere. */
export function planned(
  plan: Plan,
  parts: Partial<PlanParts> = {},
  overlaps: readonly Overlap[] = [],
): Extract<ReviewVerdict, { kind: "planned" }> {
  const elsewhere = new Set([...(parts.drift ?? []), ...(parts.earlier ?? []), ...(parts.both ?? [])]);
  const request = plan.changes.map(({ address }) => address).filter((address) => !elsewhere.has(address));
  return { kind: "planned", plan, parts: { request, drift: [], both: [], ...parts }, overlaps, looked_at: 40 };
}

/** As a plan's own origins tell, which the planner knows where a store remembers what was applied. */
export function partsByOrigin(plan: Plan): PlanParts {
  const of = (origin: string): Address[] =>
    plan.changes.filter((change) => change.origin === origin).map(({ address }) => address);
  return { request: of("commit"), drift: of("drift"), both: of("both") };
}

const OVERLAPS: readonly Overlap[] = [
  { number: 17, url: "https://git.example.com/platform/pools/pulls/17", addresses: ["queue.batch"], holds: null },
  {
    number: 12,
    url: "https://git.example.com/platform/pools/pulls/12",
    addresses: ["cluster.edge", "queue.train"],
    holds: { by: "mira", since: "2026-11-21T11:40:00.000Z", until: "2026-11-21T12:40:00.000Z" },
  },
];

const DIAGNOSTICS: readonly Diagnostic[] = [
  {
    severity: "warning",
    code: "label-map-weights",
    summary: "The weights of label gpu sum to 0.9",
    detail: "Flyte shares what is missing out among the clusters: write weights that sum to 1.",
    file: "flyte-clusters/values-override.yaml",
    line: 14,
    column: 7,
    address: "flyte_clusters.flyte",
  },
  {
    severity: "error",
    code: "unknown-reference",
    summary: 'No pool "prd" in the folder; did you mean "prod"?',
    detail: 'Write "prod", or add a ClusterPool manifest.',
    file: "queues/batch.yaml",
    line: 2,
    column: 15,
    address: "queue.batch",
  },
  {
    severity: "error",
    code: "unknown-field",
    summary: 'Unknown field "dept"; did you mean "depth"?',
    detail: "Take it out, or write it as the schema names it.",
    file: "queues/train.yaml",
    line: 7,
    column: 1,
    address: "queue.train",
  },
];

const REPLACED = readPlan("2026-07-cluster-changes-pool-while-work-runs");
const DRIFTED = readPlan("2026-11-changes-from-outside-tell-who-made-them");
const UPDATED = readPlan("2026-07-queue-limits-change-and-it-is-updated");
const merged = (outcome: ReviewOutcome): Review => makeReview(planned(REPLACED), { outcome });

function holdAll(ends: string): readonly HeldChange[] {
  return REPLACED.changes.map(({ address }) => ({ address, reason: "freeze", message: "Held for now.", ends }));
}

/** A review of every kind, by the name of the file that keeps what is said of it. */
export const REVIEWS: Readonly<Record<string, Review>> = {
  "planned-replacement": makeReview(planned(REPLACED)),
  "planned-overlaps": makeReview(planned(REPLACED, {}, OVERLAPS)),
  "planned-update": makeReview(planned(UPDATED)),
  "planned-move": makeReview(planned(readPlan("2026-11-cluster-changes-pool-while-work-runs"))),
  "planned-drain": makeReview(planned(readPlan("2026-11-queue-is-drained-and-another-activated"))),
  "planned-delete": makeReview(planned(readPlan("2026-11-manifests-are-removed-and-what-is-owned-is-deleted"))),
  "planned-parts": makeReview({ kind: "planned", plan: DRIFTED, parts: partsByOrigin(DRIFTED), overlaps: [] }),
  "planned-drift-alone": makeReview(
    planned(DRIFTED, { request: [], drift: DRIFTED.changes.map(({ address }) => address) }),
  ),
  "planned-held": makeReview({
    ...planned(REPLACED),
    left: REPLACED.changes.slice(0, 2).map(({ address }) => ({
      address,
      reason: "drift_report",
      message: "Changed outside; drift is reported, not reverted (drift.action: report).",
    })),
  }),
  "planned-frozen": makeReview({ ...planned(REPLACED), left: holdAll("the freeze ends (Release 7)") }),
  "planned-paused-in-part": makeReview({
    ...planned(REPLACED),
    left: [
      { ...holdAll("2026-11-05T16:00:00.000Z")[0], reason: "paused" },
      { address: "queue.other", reason: "drift_report", message: "Changed outside." },
    ] as HeldChange[],
  }),
  "planned-earlier-held": makeReview({
    ...planned(REPLACED, { earlier: ["cluster.edge"] }),
    left: [
      { address: "cluster.edge", reason: "approval", message: "It needs approval (auto_apply: non_destructive)." },
    ],
  }),
  "planned-none-of-it": makeReview({
    ...planned(REPLACED, { earlier: REPLACED.changes.map(({ address }) => address) }),
    left: REPLACED.changes.map(({ address }) => ({ address, reason: "approval", message: "It needs an approval." })),
  }),
  "approval-by-some": makeReview(planned(REPLACED), {
    ...{ approval: "explicit", approved: { needed: true, by: null } },
    deciders: { approvers: ["mira", "ben"], except: "alex" },
  }),
  "approval-by-nobody": makeReview(planned(REPLACED), {
    ...{ approval: "explicit", approved: { needed: true, by: null } },
    deciders: { approvers: [], except: "alex" },
  }),
  "approval-by-others-than-several": makeReview(planned(REPLACED), {
    ...{ approval: "explicit", approved: { needed: true, by: null } },
    deciders: { approvers: null, except: "alex", others: ["mira", "ben"] },
  }),
  "approval-of-an-unknown-author": makeReview(planned(REPLACED), {
    ...{ approval: "explicit", approved: { needed: true, by: null } },
    deciders: {
      approvers: ["mira"],
      except: "alex",
      unknown: "GitHub does not say who pushed the commit 9f2c4b7de1a8",
    },
  }),
  "planned-files": makeReview(planned(readPlan("2026-11-delivered-file-was-edited-by-hand"))),
  "planned-black-hole": makeReview(planned(readPlan("2026-07-last-member-leaves-and-the-pool-would-route-nowhere"))),
  "planned-blocked": makeReview(planned(readPlan("2026-11-too-much-is-disrupted-at-once-and-it-is-blocked"))),
  "planned-nothing": makeReview(planned(readPlan("2026-11-nothing-differs-and-nothing-is-planned"))),
  "planned-adoption": makeReview(planned(readPlan("2026-11-equal-objects-are-adopted"))),
  "approval-by-merge": makeReview(planned(REPLACED), { approved: { needed: true, by: null } }),
  "approval-needed": makeReview(planned(REPLACED), { approval: "explicit", approved: { needed: true, by: null } }),
  "approval-given": makeReview(planned(REPLACED), { approval: "explicit", approved: { needed: true, by: "mira" } }),
  unconcerned: makeReview({ kind: "unconcerned" }),
  invalid: makeReview({ kind: "invalid", diagnostics: DIAGNOSTICS }),
  conflict: makeReview({ kind: "conflict", files: ["queues/batch.yaml", "clusters/edge.yaml"] }),
  "skipped-fork": makeReview({ kind: "skipped", reason: "fork" }),
  "skipped-draft": makeReview({ kind: "skipped", reason: "draft" }),
  "skipped-label": makeReview({ kind: "skipped", reason: "label" }),
  failed: makeReview({
    kind: "failed",
    code: "unavailable",
    message: "The control plane at https://acme.example.com did not answer within 30 s.",
  }),
  "from-ci-planned": makeReview(planned(REPLACED), { from_ci: true }),
  "from-ci-planned-by-a-fork": makeReview(planned(REPLACED), { from_ci: true, unverified: true }),
  "from-ci-fork": makeReview({ kind: "skipped", reason: "fork" }, { from_ci: true }),
  "from-ci-failed": makeReview(
    { kind: "failed", code: "timeout", message: "No answer within 30 s." },
    { from_ci: true },
  ),
  "outcome-closed": merged({ kind: "closed" }),
  "outcome-retargeted": merged({ kind: "closed", base: "release/2.x" }),
  "outcome-merged": merged({ kind: "merged", by: "mira" }),
  "outcome-waiting": merged({ kind: "waiting", by: "mira", message: "Waits until queue batch is idle: 3 runs left." }),
  "outcome-held": merged({ kind: "held", by: "mira", digest: DIGEST, reviewed: false }),
  "outcome-held-out-of-service": merged({
    ...{ kind: "held", by: "mira", digest: DIGEST, reviewed: false },
    out_of_service: ["cluster.edge", "queue.batch"],
  }),
  "outcome-held-until-comments": merged({
    ...{ kind: "held", by: "mira", digest: REPLACED.digest, reviewed: true, awaits_comments: true },
  }),
  "outcome-held-as-reviewed": merged({ kind: "held", by: null, digest: REPLACED.digest, reviewed: true }),
  "outcome-applied": merged({ kind: "applied", by: "mira", revision: BASE, at: "2026-11-21T12:30:00.000Z" }),
  "outcome-failed": merged({
    kind: "failed",
    by: "mira",
    message: "register cluster edge-gpu in pool gpu: the control plane refused it: name is taken. [already_exists]",
  }),
  "skipped-fork-passes": makeReview({ kind: "skipped", reason: "fork", passes: true }),
};
