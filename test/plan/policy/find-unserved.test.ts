import { describe, expect, test } from "vitest";
import { findUnserved } from "../../../src/plan/policy/find-unserved.ts";
import { buildLive, type LiveNote } from "../build-live.ts";

const find = (clusters: NonNullable<LiveNote["clusters"]>, queues: LiveNote["queues"]) =>
  findUnserved(
    buildLive({ generation: "2026-11", pools: { other: {} }, clusters, queues: { default: null, ...queues } }),
    null,
  );

describe("queues that no cluster serves", () => {
  test("are those all of whose clusters are drained or draining", () => {
    const clusters = { c1: { state: "drained" }, c2: { state: "draining" } } as const;
    expect(find(clusters, { all: {}, one: { clusters: ["c2"] } })).toEqual([
      { queue: "all", clusters: ["c1", "c2"] },
      { queue: "one", clusters: ["c2"] },
    ]);
  });

  test("are none where one serves in the queue's pool, where the queue is drained, and where it selects nothing that is there", () => {
    const clusters = { c1: { state: "drained" }, c2: {}, c3: { pool: "other" }, c4: { state: "deleted" } } as const;
    const queues = { all: {}, out: { state: "drained", clusters: ["c1"] }, none: { clusters: ["c9"] } } as const;
    expect(find(clusters, { ...queues, elsewhere: { clusters: ["c4"] } })).toEqual([]);
    expect(find(clusters, { named: { clusters: ["c1"] }, pool: { pool: "other", clusters: ["c3"] } })).toEqual([
      { queue: "named", clusters: ["c1"] },
    ]);
  });
});
