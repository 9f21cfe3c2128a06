import { expect, test } from "vitest";
import { planInputOf } from "../../bench/measure-plan.ts";
import type { AllowedLoss, TakenCluster, TurnedSettings } from "../../src/model/ledger/ledger.ts";
import { NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import { computePlan } from "../../src/plan/compute-plan.ts";
import { routeRuns } from "../../src/reconcile/route-runs.ts";
import { buildLive } from "./build-live.ts";

const DEV = "queues.any project in development";

/** The loss of all runs of the domain, allowed by the write of a place in the change log. */
const allowedAt = (seq: number): readonly AllowedLoss[] => [{ seq, addresses: [], concerns: [DEV] }];
const turn = (
  seq: number,
  from: string,
  to: string,
  allowed: readonly AllowedLoss[] = [],
  name = "acme/development",
) => ({
  ...{ name, from, to, seq },
  ...(allowed.length > 0 && { allowed }),
});
/** A cluster that left the pool of the queue that settings name. */
const take = (seq: number, cluster: string, allowed: readonly AllowedLoss[] = []): TakenCluster => ({
  ...{ address: `cluster.${cluster}` as const, cluster, from: "pb", to: "pa", seq },
  ...(allowed.length > 0 && { allowed }),
});

/** Whether runs of the domain are found to be lost: its settings named qa before a rollout, which has a cluster, and name `queue` now, which has none; or, where it has no `own`, those above do. */
function isFound(queue: string, turned: readonly TurnedSettings[], taken: readonly TakenCluster[] = [], own = true) {
  const [above, named] = [{ [DEFAULT_QUEUE_KEY]: own ? "qa" : queue }, { [DEFAULT_QUEUE_KEY]: queue }];
  const live = buildLive({
    generation: "2026-11",
    pools: { pa: {}, pb: {} },
    clusters: { c1: { pool: "pa" }, c2: { pool: "pa" }, c3: { pool: "pa" } },
    queues: { qa: { pool: "pa" }, qb: { pool: "pb" }, qc: { pool: "pb", clusters: ["c2"] } },
    settings: { "": above, development: own ? named : { pod_template_name: "a" } },
  });
  const input = { ...planInputOf(NOTHING_DESIRED, live), turned, taken };
  const { findings } = routeRuns(computePlan(input), input);
  return findings.some(({ check, concerns }) => check === "black-hole" && concerns?.includes(DEV));
}

test("a loss of runs is not found again once it was allowed, with the turn or after it", () => {
  expect(isFound("qb", [turn(3, "qa", "qb")])).toBe(true);
  expect(isFound("qb", [turn(3, "qa", "qb", allowedAt(3))])).toBe(false);
  expect(isFound("qb", [turn(3, "qa", "qb", allowedAt(5))])).toBe(false);
  expect(isFound("qb", [turn(3, "qa", "qb")], [take(4, "c1", allowedAt(4))])).toBe(false);
});

test("it is where settings of the same scope, or those that it follows, were turned after it was allowed", () => {
  const first = turn(3, "qa", "qc", allowedAt(3));
  expect(isFound("qb", [first, turn(9, "qc", "qb")])).toBe(true);
  expect(isFound("qb", [first, turn(9, "qc", "qb", allowedAt(9))])).toBe(false);
  expect(isFound("qb", [turn(3, "qa", "qb", allowedAt(3)), turn(9, "qb", "qa", [], "acme")])).toBe(false);
  const above = [turn(3, "qa", "qc", allowedAt(3), "acme"), turn(9, "qc", "qb", [], "acme")];
  expect(isFound("qb", above, [], false)).toBe(true);
  expect(
    isFound(
      "qb",
      above.slice(0, 1).map((one) => ({ ...one, to: "qb" })),
      [],
      false,
    ),
  ).toBe(false);
});

test("it is where a cluster of their queue was taken away after it was allowed, or with a write that has no answer yet", () => {
  const first = [turn(3, "qa", "qc", allowedAt(3))];
  expect(isFound("qc", first, [take(2, "c2")])).toBe(false);
  expect(isFound("qc", first, [take(4, "c3")])).toBe(false);
  expect(isFound("qc", first, [take(4, "c2")])).toBe(true);
  expect(isFound("qc", first, [take(4, "c2", allowedAt(4))])).toBe(false);
  const { seq: _seq, ...unanswered } = take(0, "c2");
  expect(isFound("qc", first, [unanswered])).toBe(true);
});
