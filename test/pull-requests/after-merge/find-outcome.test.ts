import { expect, test } from "vitest";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import { findOutcome } from "../../../src/pull-requests/after-merge/find-outcome.ts";

const RECORD = { merged: { by: "mona", commit: "c", at: "2026-01-01T00:00:00.000Z" }, digest: "d1", outcome: null };

function state(status: string, outcome: object, digest = "d1"): TargetState {
  return {
    ...{ status: { state: status, message: "What it says." }, last_pass: { digest, outcome } },
    ...{ applied_revision: "c", last_success_at: "2026-01-01T00:01:00.000Z" },
  } as unknown as TargetState;
}

const HELD = { kind: "held", held: [{ address: "cluster.c1", reason: "approval" }] };

const DRAINED = {
  kind: "held",
  held: [
    { address: "cluster.c1", reason: "approval" },
    { address: "cluster.c2", reason: "approval", out_of_service: true },
  ],
};

test.each([
  ["is merged while no pass saw it", state("Synced", { kind: "synced" }), false, false, { kind: "merged" }],
  ["is merged while nothing is known of its target", null, false, false, { kind: "merged" }],
  [
    "is applied once its revision is",
    state("Synced", { kind: "synced" }),
    true,
    true,
    { kind: "applied", revision: "c" },
  ],
  [
    "is held with the plan that was reviewed",
    state("AwaitingApproval", HELD),
    false,
    true,
    { kind: "held", reviewed: true },
  ],
  [
    "is held with another plan",
    state("AwaitingApproval", HELD, "d2"),
    false,
    true,
    { kind: "held", digest: "d2", reviewed: false },
  ],
  [
    "waits while work is drained",
    state("Progressing", { kind: "waiting" }),
    false,
    true,
    { kind: "waiting", message: "What it says." },
  ],
  ["has failed where its target has", state("Failed", { kind: "failed" }), false, true, { kind: "failed" }],
  [
    "has failed where a check fails",
    state("OutOfSync", { kind: "blocked", checks: [] }),
    false,
    true,
    { kind: "failed" },
  ],
  [
    "is held with objects out of service",
    state("AwaitingApproval", DRAINED),
    false,
    true,
    { kind: "held", out_of_service: ["cluster.c2"] },
  ],
  [
    "waits with objects out of service that its target's status does not name",
    state("Waiting", DRAINED),
    false,
    true,
    { kind: "waiting", out_of_service: ["cluster.c2"] },
  ],
  [
    "failed with objects left drained",
    state("Failed", { kind: "failed", report: { left_drained: ["cluster.c2"] } }),
    false,
    true,
    { kind: "failed", out_of_service: ["cluster.c2"] },
  ],
] as const)("a merge %s", (_, known, isApplied, isReached, outcome) => {
  expect(findOutcome({ record: RECORD, state: known, isApplied, isReached })).toMatchObject({ ...outcome, by: "mona" });
});

test("it stays applied at the time and in the revision in which it was found first, though passes go on", () => {
  const outcome = { kind: "applied", by: "mona", revision: "b", at: "2026-01-01T00:00:30.000Z" } as const;
  const later = { record: { ...RECORD, outcome }, state: state("Synced", { kind: "synced" }), isReached: true };
  expect(findOutcome({ ...later, isApplied: true })).toEqual(outcome);
  expect(findOutcome({ ...later, isApplied: false })).not.toEqual(outcome);
});
