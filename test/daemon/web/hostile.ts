import type { Address } from "../../../src/model/address.ts";
import type { RequestDetail, TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import type { HeldChange } from "../../../src/model/passes/pass.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import type { ReviewOutcome, ReviewVerdict } from "../../../src/model/reviews/review.ts";
import { readPlan } from "../../report/read-plan.ts";
import { makeReview, planned } from "../../report/review/build-reviews.ts";
import { makeRequest } from "./build-requests.ts";
import { keep, makePass, makeTarget, minutesAgo, report } from "./build-targets.ts";

/** Texts that become markup, attributes or scripts wherever they are put in without care. Each would set `window.broken`. */
export const HOSTILE: readonly string[] = [
  "<script>window.broken=1</script>",
  '"><img src=x onerror="window.broken=1">',
  "' autofocus onfocus='window.broken=1",
  "`<svg onload=window.broken=1>`",
  "</title><script>window.broken=1</script>",
  "javascript:window.broken=1",
  "{{window.broken=1}}",
  "\u0000\u001b[31m\u202e<b>",
];

const ALL = HOSTILE.join(" ");

/** A target in which every text that comes from outside is hostile: names, messages, reasons, values, files. */
export function makeHostileTarget(): TargetDetail {
  const plan = keep("production", spoil(readPlan("2026-11-cluster-changes-pool-while-work-runs")));
  const held = plan.plan.changes.map(({ address }): HeldChange => ({ address, reason: "approval", message: ALL }));
  const steps = report(plan.plan, (id) => (id === plan.plan.steps[0]?.id ? "waiting" : "applied"));
  const diagnostic = {
    severity: "error",
    code: "name",
    summary: ALL,
    detail: ALL,
    file: ALL,
    line: 1,
    column: 1,
    address: ALL,
  } as const;
  const waiting = {
    kind: "waiting",
    report: { ...steps, steps: steps.steps.map((step) => ({ ...step, message: ALL })) },
    held,
  } as const;
  const at = minutesAgo(5);
  const passes = [
    { ...makePass("production", waiting, { plan }), id: `run"><script>window.broken=1</script>` },
    makePass("production", { kind: "invalid", diagnostics: [diagnostic] }),
    makePass("production", { kind: "failed", step: "apply", code: ALL, message: ALL, report: null }),
    makePass("production", { kind: "refused", message: ALL }),
    makePass("production", {
      kind: "blocked",
      checks: [{ name: ALL, status: "fail", message: ALL, addresses: [ALL] }],
    }),
  ];
  const address = `queue.${ALL}` as Address;
  const pause = { id: ALL, target: "production", address, by: ALL, reason: ALL, at: at, until: null };
  return makeTarget(
    "production",
    { state: "AwaitingApproval", reason: ALL, message: ALL },
    {
      plan,
      passes,
      source: ALL,
      control_plane: ALL,
      org: ALL,
      applied_revision: ALL,
      pauses: [pause],
      approvals: [{ ...BASE_APPROVAL, id: ALL, digest: "0".repeat(64), by: ALL, via: ALL, overrides: [ALL] }],
      audit: [
        {
          id: ALL,
          at: at,
          target: "production",
          who: ALL,
          via: ALL,
          action: ALL,
          details: { [ALL]: { isEscaped: true, text: ALL } },
        },
      ],
      running: { id: ALL, started_at: at, step: "apply", progress: [...HOSTILE] },
    },
  );
}

/** Requests of that target, of each kind, in which every text that comes from outside is hostile. */
export function makeHostileRequests(): readonly RequestDetail[] {
  const plan = spoil(readPlan("2026-11-cluster-changes-pool-while-work-runs"));
  const [script = ""] = HOSTILE.filter((text) => text.startsWith("javascript:"));
  const address = `queue.${ALL}` as Address;
  const holds = { by: ALL, since: minutesAgo(5), until: minutesAgo(-5) };
  const overlaps = [{ number: 3, url: script, addresses: [address], holds }];
  const place = { file: ALL, line: 1, column: 1, address: ALL };
  const diagnostics = [{ severity: "error", code: ALL, summary: ALL, detail: ALL, ...place }] as const;
  const verdicts: readonly ReviewVerdict[] = [
    planned(plan, { drift: [address] }, overlaps),
    planned({ ...plan, checks: [] }),
    { kind: "invalid", diagnostics },
    { kind: "conflict", files: HOSTILE },
    { kind: "failed", code: ALL, message: ALL },
  ];
  const outcomes: readonly ReviewOutcome[] = [
    { kind: "merged", by: ALL },
    { kind: "waiting", by: ALL, message: ALL },
    { kind: "held", by: ALL, digest: ALL, reviewed: false },
    { kind: "applied", by: ALL, revision: ALL, at: minutesAgo(5) },
    { kind: "failed", by: ALL, message: ALL },
  ];
  const said = { approved: { needed: true, by: ALL }, head: ALL, base: ALL, page: script, version: ALL } as const;
  const reviews = [
    ...verdicts.map((verdict) => makeReview(verdict, said)),
    ...outcomes.map((outcome) => makeReview(planned(plan), { ...said, outcome })),
  ];
  const status = { state: "pending", description: ALL } as const;
  const statuses = { plan: status, apply: { ...status, description: `${ALL} too` } };
  return reviews.map((review, index) =>
    makeRequest(index + 1, review, {
      url: index === 0 ? script : `${script}//${ALL}`,
      author: ALL,
      head: `${ALL} new`,
      statuses,
    }),
  );
}

const BASE_APPROVAL = {
  target: "production",
  revision: null,
  at: "2026-11-05T09:30:00.000Z",
  expires_at: "2026-11-06T09:30:00.000Z",
  state: "done",
} as const;

/** The plan with hostile names, values, files, notices and checks. */
function spoil(plan: Plan): Plan {
  const address = `queue.${ALL}` as Address;
  const file = `${HOSTILE.join("\n")}\n`;
  return {
    ...plan,
    changes: plan.changes.map((change, index) => ({
      ...change,
      address: index === 0 ? change.address : address,
      physical_name: ALL,
      before: { [ALL]: ALL, file: `${file}before\n`, nested: { isEscaped: true } },
      after: { [ALL]: `${ALL} more`, file: `${file}after\n`, nested: { isEscaped: false, toString: ALL } },
    })),
    steps: plan.steps.map((step) => ({ ...step, physical_name: ALL })),
    notices: [{ code: ALL, message: ALL, addresses: [ALL] }],
    checks: [{ name: ALL, status: "fail", message: ALL, addresses: [ALL] }],
    routing: [
      { queue: ALL, before: [ALL], after: [] },
      { system: ALL, project: ALL, domain: ALL, workflow: ALL, queue: ALL, before: [ALL], after: [ALL] },
    ],
    impact: [{ queue: ALL, in_flight: null, addresses: [address] }],
    unmanaged: [ALL],
  };
}
