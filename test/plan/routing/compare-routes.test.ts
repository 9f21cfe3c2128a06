import { describe, expect, test } from "vitest";
import { compareRoutes, listBuckets, type RouteChange } from "../../../src/plan/routing/compare-routes.ts";
import { expandQuestions } from "../../../src/plan/routing/expand-questions.ts";
import { resolveRoutes } from "../../../src/plan/routing/resolve-routes.ts";
import type { RoutingFacts } from "../../../src/plan/routing/routing-facts.ts";
import { buildFacts, cluster, labelMap, queue, row } from "./build-facts.ts";

const PLACES = [{ project: "ml", domain: "dev" }];

function compare(before: Partial<RoutingFacts>, after: Partial<RoutingFacts>): readonly RouteChange[] {
  const live = buildFacts({ places: PLACES, systems: [], ...before });
  const desired = buildFacts({ places: PLACES, systems: [], state: "desired", ...after });
  const questions = expandQuestions([{ kind: "all-runs" }, { kind: "all-queues" }], [live, desired]);
  const buckets = { before: listBuckets(live), after: listBuckets(desired) };
  return compareRoutes(resolveRoutes(live, questions), resolveRoutes(desired, questions), buckets);
}

/** A world of queues: clusters by pool, queues by pool and selector. */
function world(clusters: RoutingFacts["clusters"], queues: RoutingFacts["queues"]): Partial<RoutingFacts> {
  return { systems: ["queues"], clusters, queues };
}

describe("comparing routes", () => {
  test("gives nothing where nothing changes", () => {
    const same = world([cluster("a", "default")], [queue("default", "default", ["*"])]);
    expect(compare(same, same)).toEqual([]);
  });

  test("shows runs and queues that go elsewhere, and that another bucket is used", () => {
    const before = world([cluster("a", "gpu"), cluster("b", "cpu")], [queue("default", "gpu", ["*"])]);
    const after = world([cluster("a", "gpu"), cluster("b", "cpu")], [queue("default", "cpu", ["*"])]);
    const change = {
      system: "queues",
      project: null,
      domain: null,
      workflow: null,
      queue: "default",
      before_queue: "default",
    };
    const outcomes = { before_outcome: "routed", after_outcome: "routed" };
    const flags = { other_shares: false, black_hole: false, other_bucket: true };
    const ends = { before: ["a"], after: ["b"], ...outcomes, ...flags };
    expect(compare(before, after)).toEqual([
      { ...change, ...ends, asked: "run", project: "ml", domain: "dev" },
      { ...change, ...ends, asked: "queue" },
    ]);
  });

  test("shows a cluster that stays and comes to have another bucket", () => {
    const queues = [queue("default", "p", ["*"])];
    const [change] = compare(
      world([cluster("a", "p")], queues),
      world([cluster("a", "p", { bucket: "s3://other" })], queues),
    );
    expect([change?.before, change?.after, change?.other_bucket]).toEqual([["a"], ["a"], true]);
  });

  test("marks work that is lost now and was not before, also of a new queue", () => {
    const queues = [queue("default", "p", ["*"])];
    const lost = compare(world([cluster("a", "p")], queues), world([], [...queues, queue("new", "p", ["*"])]));
    expect(lost.map(({ asked, queue, black_hole }) => [asked, queue, black_hole])).toEqual([
      ["run", "default", true],
      ["queue", "default", true],
      ["queue", "new", true],
    ]);
    expect(compare(world([], queues), world([], queues))).toEqual([]);
  });

  test("tells a refused run from a lost one", () => {
    const clusters = [cluster("a", "p")];
    const [change] = compare(
      world(clusters, [queue("default", "p", ["*"])]),
      world(clusters, [queue("default", "p", ["*"], false)]),
    );
    expect([change?.after, change?.after_outcome, change?.black_hole]).toEqual([null, "refused", false]);
  });

  test("follows a workflow that gets its first row, and one that loses its last", () => {
    const systems = ["execution_cluster_labels"] as const;
    const label_map = labelMap({ l1: { x: 1 }, l2: { y: 1 } }, ["x", "y"]);
    const wide = { systems, label_map, labels: [row("ml/dev", "l1")] };
    const own = { systems, label_map, labels: [row("ml/dev", "l1"), row("ml/dev/wf", "l2")] };
    const ends = (changes: readonly RouteChange[]) =>
      changes.map(({ workflow, before, after }) => [workflow, before, after]);
    expect(ends(compare(wide, own))).toEqual([["wf", ["x"], ["y"]]]);
    expect(ends(compare(own, wide))).toEqual([["wf", ["y"], ["x"]]]);
  });

  test("shows other shares of the same clusters", () => {
    const systems = ["execution_cluster_labels"] as const;
    const of = (weight: number) => {
      const label_map = labelMap({ l1: { x: weight, y: 0.5 } }, ["x", "y"]);
      return { systems, label_map, labels: [row("ml/dev", "l1")] };
    };
    const [change] = compare(of(0.5), of(0.25));
    expect([change?.before, change?.after, change?.other_shares]).toEqual([["x", "y"], ["x", "y"], true]);
  });

  test("takes an answer that one state lacks for not known", () => {
    const after = world([cluster("a", "p")], [queue("default", "p", ["*"])]);
    expect(compare({}, after).map((change) => change.before)).toEqual([null, null]);
    expect(compare(after, {}).map((change) => change.after)).toEqual([null, null]);
  });
});
