import { describe, expect, test } from "vitest";
import type { TakenCluster } from "../../src/model/ledger/ledger.ts";
import { openTakenAway } from "../../src/plan/unfinished/taken-away.ts";
import { buildLive } from "./build-live.ts";

/** Each moved from pool `pb` to pool `pa`, where it is. */
function open(...taken: readonly (readonly [string, TakenCluster["allowed"]?])[]) {
  const there = Object.fromEntries(taken.map(([name]) => [name, { pool: "pa" }]));
  const live = buildLive({ generation: "2026-11", pools: { pa: {} }, clusters: there });
  const clusters = taken.map(
    ([cluster, allowed]): TakenCluster => ({
      ...{ address: `cluster.${cluster}`, cluster, from: "pb", to: "pa" },
      ...(allowed !== undefined && { allowed }),
    }),
  );
  const { listFor } = openTakenAway({ live, taken: clusters });
  return (pool: string, ...names: readonly string[]) => listFor(pool, names).map(({ cluster }) => cluster);
}

describe("what an unfinished rollout took out of a pool counts for a queue there", () => {
  test("where nothing was allowed, or only the loss of another queue or of runs", () => {
    const elsewhere = { addresses: ["queue.z"], concerns: ["queues.team1/production"] };
    expect(open(["c1"], ["c2", [elsewhere]])("pb", "queue.q")).toEqual(["c1", "c2"]);
    expect(open(["c1"])("pa", "queue.q")).toEqual([]);
  });

  test("not up to where its own loss was allowed, by any of its names, or by the cluster", () => {
    for (const allowed of [
      { addresses: ["queue.q"] },
      { addresses: ["cluster.c9"], concerns: ["queue.q"] },
      { addresses: ["cluster.c2"], concerns: ["queue.other"] },
    ])
      expect(open(["c1"], ["c2", [allowed]], ["c3"])("pb", "queue.physical", "queue.q")).toEqual(["c3"]);
  });
});
