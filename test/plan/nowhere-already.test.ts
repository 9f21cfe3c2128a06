/** A declared queue whose pool has no cluster any more: accepted, or on the way of a rollout that is not finished. */
import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, openWorld, readInput } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

const GENERATIONS = ["2026-07", "2026-11"] as const;

const DESIRED: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa"), desiredPool("pb")],
  clusters: [desiredCluster("c3", "pa")],
  queues: [desiredQueue("q", "pb", ["*"])],
};

/** What a rollout took out of a pool; what it writes beside was refused, so that nothing of it waits for an answer. */
const TAKEN = { address: "cluster.c3", cluster: "c3", to: "pa" } as const;

test.each(GENERATIONS)(
  "blocks nothing once accepted, and fails where a rollout has taken its clusters and goes no further, on %s",
  async (generation) => {
    const world = openWorld(generation);
    await carryOut(world, judgeInput(await readInput(world, DESIRED)));
    const input = await readInput(world, DESIRED);
    const judge = (from: string | null) => {
      const { checks, notices } = judgeInput({ ...input, taken: from === null ? [] : [{ ...TAKEN, from }] });
      const failing = checks.filter(({ status }) => status === "fail");
      return {
        failed: failing.map(({ name, addresses }) => [name, addresses]),
        noted: notices.filter(({ code }) => code === "queue-nowhere-already").map(({ addresses }) => addresses),
      };
    };
    expect(judge(null)).toEqual({ failed: [], noted: [["queue.q"]] });
    expect(judge("elsewhere")).toEqual({ failed: [], noted: [["queue.q"]] });
    expect(judge("pb")).toEqual({ failed: [["black-hole", ["queue.q"]]], noted: [] });
  },
);
