/** A control plane of an earlier release takes a queue without a limit that it does not know. What was drained on the way must not stay out of service for that. */
import { expect, test } from "vitest";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { ControlPlaneWriter } from "../../src/systems/control-plane/writer.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { OPTIONS, openWorld, planWorld, type World } from "../plan/open-model.ts";
import { carryOut } from "../plan/walk-plan.ts";

/** As that release does, and as the client reports it: the write has arrived, without the limit. */
function dropLimits<W extends ControlPlaneWriter>(writer: W): W {
  return {
    ...writer,
    updateQueue: async (name, { max_resources: limit, ...set }, seen) => {
      await writer.updateQueue(name, set, seen);
      const heard = { next: "stop", outcomeUnknown: true, answered: true } as const;
      if (limit !== undefined) throw new OperationalError("limit_dropped", "taken without max_resources", heard);
    },
  };
}

/** Cluster c1, pool pb with c2, pools without a cluster, and queue `q`. */
function folder(pool: string, queue: string, named: string, isLimited: boolean): Desired {
  const made = desiredQueue("q", queue, [named]);
  const limit = { spec: { ...made.spec, max_resources: { cpu: "10" } }, declared: [...made.declared, "max_resources"] };
  const pools = ["pa", "pb", "pn"].map((name) => desiredPool(name));
  const clusters = [desiredCluster("c1", pool), desiredCluster("c2", "pb")];
  return { ...NOTHING_DESIRED, pools, clusters, queues: [isLimited ? { ...made, ...limit } : made] };
}

async function applyDropping(world: World, desired: Desired) {
  const allow = [...OPTIONS.allow, "black-hole" as const, "max-disruption-share" as const];
  const plan = await planWorld(world, desired, { allow });
  expect(plan.checks.filter(({ status }) => status === "fail")).toEqual([]);
  const { reader, clock, ledger } = world;
  const tools = { reader, writer: dropLimits(world.writer), flyteadmin: null, delivery: null, clock, ledger };
  const options = { write_ms: 0, wait_ms: Number.POSITIVE_INFINITY, parallelism: 1, onEvent: () => {}, cause: null };
  return applyPlan(plan, tools, { ...options, signal: new AbortController().signal, run_id: "run" });
}

test.each([
  ["moves with its cluster", "c1", folder("pb", "pb", "c1", true)],
  ["moves to another cluster", "c1", folder("pa", "pb", "c2", true)],
  ["moves to all of another pool", "c1", folder("pa", "pb", "*", true)],
  ["moves to all of another pool, to which its cluster goes", "c1", folder("pb", "pb", "*", true)],
  ["is on all clusters and moves", "*", folder("pa", "pb", "*", true)],
  ["is on all clusters and moves with one", "*", folder("pb", "pb", "*", true)],
  ["is on all clusters and moves with the only one", "*", folder("pn", "pn", "*", true)],
])("a queue that %s, of which the release drops a limit, is in service afterwards", async (_how, named, desired) => {
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, folder("pa", "pa", named, false)));
  const { status } = await applyDropping(world, desired);
  expect(status).toBe("failed");
  const { state, spec } = world.model.state.queue.rows.get("q") ?? {};
  expect([state, spec?.cluster_pool]).toEqual(["active", desired.queues[0]?.spec.cluster_pool]);
});
