import { describe, expect, test } from "vitest";
import { settleIdle } from "../../src/apply/settle-intents.ts";
import { SERVER_REFUSED } from "../../src/model/ledger/refusal.ts";
import { NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { renderApplyText } from "../../src/report/runs/render-apply-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { writable } from "../store/writable.ts";
import { killEverywhere } from "./kill-everywhere.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const POOLS = [desiredPool("pa"), desiredPool("pb")];
const REST = {
  ...NOTHING_DESIRED,
  pools: POOLS,
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
  queues: [desiredQueue("any", "pa", ["*"])],
};
const extra = desiredQueue("extra", "pa", ["c1"]);
const PAST = { ...REST, queues: [...REST.queues, extra] };

const ALLOW: Partial<PlanOptions> = {
  allow: ["max-disruption-share", "empty-set", "other-folder", "contract", "protected", SERVER_REFUSED],
};

async function openPast() {
  const world = await serveWorld("2026-11");
  await world.converge(PAST);
  return world;
}

/** Plans see that too, and are carried out all the same: what they see may come to be so between plan and delete. */
const nameExtra = (world: ServedWorld, queue: string | null = "extra") =>
  world.post("/settings", { scope: "development/proj", default_queue: queue });

async function readRefusals(world: ServedWorld) {
  const memory = await world.openMemory();
  await memory.close();
  return memory.refused;
}

const stateOf = async (world: ServedWorld, name: string) => (await world.reader.getQueue(name))?.state;
const clusterState = async (world: ServedWorld, name: string) => (await world.reader.getCluster(name))?.state;

function findCheck({ checks }: Awaited<ReturnType<ServedWorld["plan"]>>) {
  return checks.find(({ name }) => name === SERVER_REFUSED);
}

describe("what was drained for a delete that is refused for good", () => {
  const refuse = async () => {
    const world = await openPast();
    await nameExtra(world);
    const report = await world.apply(await world.plan(REST));
    return { world, report };
  };

  test("is put back into service in the same run, which says so", async () => {
    const { world, report } = await refuse();
    expect(report).toMatchObject({ status: "failed", left_drained: [], begun: [], refused: ["queue.extra"] });
    expect(report.steps.at(-1)).toMatchObject({ id: "queue.extra/activate/take-back", status: "applied" });
    const failed = report.steps.find(({ id }) => id === "queue.extra/delete");
    expect(failed).toMatchObject({ status: "failed", code: "failed_precondition" });
    expect(failed?.message).toMatch(
      /development\/proj.*Back in service: queue\.extra\. It is not retried automatically/,
    );
    expect(await stateOf(world, "extra")).toBe("active");
    const text = String(renderApplyText(report, await world.plan(REST), PLAIN));
    expect(text).not.toContain("Left drained");
    expect(text).toContain("To continue, resolve what was refused, then apply");
  });

  test("is not drained again: the next plan fails the check with the control plane's words", async () => {
    const { world } = await refuse();
    const plan = await world.plan(REST);
    expect(findCheck(plan)).toMatchObject({ status: "fail", addresses: ["queue.extra"] });
    expect(findCheck(plan)?.message).toMatch(/refused to delete queue extra at .*development\/proj/);
    expect(plan.applyable).toBe(false);
    expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([["queue.extra", "delete"]]);
  });

  test("is tried once more where that is let through, and comes back again", async () => {
    const { world } = await refuse();
    const [first] = await readRefusals(world);
    const again = await world.apply(await world.plan(REST, ALLOW));
    expect(again).toMatchObject({ status: "failed", refused: ["queue.extra"] });
    expect(await stateOf(world, "extra")).toBe("active");
    const [second, ...others] = await readRefusals(world);
    expect(others).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
    const shown = { check: SERVER_REFUSED, addresses: ["queue.extra"], concerns: [`queue.extra@${first?.id}`] };
    expect(findCheck(await world.plan(REST, { allow: [shown] }))?.status).toBe("fail");
  });

  test("goes, and nothing is kept of it, once the cause is gone and it is let through", async () => {
    const { world } = await refuse();
    await nameExtra(world, null);
    await world.converge(REST, ALLOW);
    expect(await stateOf(world, "extra")).toBe("deleted");
    expect(await readRefusals(world)).toEqual([]);
  });

  test("is tried again once something has changed of what may be why", async () => {
    const { world } = await refuse();
    await nameExtra(world, null);
    await world.writer.updateQueue("extra", { clusters: ["c2"] });
    const plan = await world.plan(REST);
    expect(findCheck(plan)).toBeUndefined();
    expect((await world.apply(plan)).status).toBe("applied");
    expect(await readRefusals(world)).toEqual([]);
  });

  test("is forgotten where its manifest is back, and tried again where that goes again", async () => {
    const { world } = await refuse();
    await world.converge(PAST);
    expect(await readRefusals(world)).toEqual([]);
    await nameExtra(world, null);
    await world.converge(REST);
    expect(await stateOf(world, "extra")).toBe("deleted");
  });

  test("stays drained where somebody else has drained it before", async () => {
    const world = await openPast();
    const queue = await world.reader.getQueue("extra");
    await world.writer.setQueueState("extra", "draining", queue?.generation ?? "");
    await nameExtra(world);
    const report = await world.apply(await world.plan(REST));
    expect(report.status).toBe("failed");
    expect(report.refused).toBeUndefined();
    expect(report.steps.find(({ id }) => id === "queue.extra/delete")?.message).toMatch(/is drained and takes no work/);
    expect(await stateOf(world, "extra")).toBe("drained");
    expect(await readRefusals(world)).toEqual([]);
  });

  test("stays drained where another writer has drained it between the plan and its drain", async () => {
    const world = await openPast();
    await nameExtra(world);
    const plan = await world.plan(REST);
    const queue = await world.reader.getQueue("extra");
    await world.writer.setQueueState("extra", "draining", queue?.generation ?? "");
    const report = await world.apply(plan);
    expect(report.steps.find(({ id }) => id === "queue.extra/drain")?.status).toBe("applied");
    expect(report.refused).toBeUndefined();
    expect(await stateOf(world, "extra")).toBe("drained");
    expect(await readRefusals(world)).toEqual([]);
  });

  test("stays drained where somebody drains it after it was put back", async () => {
    const { world } = await refuse();
    const queue = await world.reader.getQueue("extra");
    await world.writer.setQueueState("extra", "draining", queue?.generation ?? "");
    expect((await world.plan(REST)).steps.map(({ op }) => op)).not.toContain("activate");
  });

  test("comes back with all that rests on it: a cluster that was drained to go after it", async () => {
    const world = await openPast();
    await world.fault({ method: "DeleteQueue", code: "failed_precondition", count: 100 });
    const next = { ...REST, clusters: [desiredCluster("c2", "pa")] };
    const report = await world.apply(await world.plan(next));
    expect(report).toMatchObject({ status: "failed", left_drained: [] });
    expect([await stateOf(world, "extra"), await clusterState(world, "c1")]).toEqual(["active", "active"]);
  });
});

describe("a queue whose move to another pool is refused for good", () => {
  const moveAny = (depth: number) => {
    const any = desiredQueue("any", "pb", ["*"]);
    const clusters = [...REST.clusters, desiredCluster("c3", "pb")];
    return { ...PAST, clusters, queues: [{ ...any, spec: { ...any.spec, depth } }, extra] };
  };

  test("is back in service where it was, and is moved once another update is wanted", async () => {
    const world = await openPast();
    await world.fault({ method: "UpdateQueue", code: "invalid_argument" });
    const report = await world.apply(await world.plan(moveAny(5)));
    expect(report).toMatchObject({ status: "failed", left_drained: [], refused: ["queue.any"] });
    expect(await world.reader.getQueue("any")).toMatchObject({ state: "active", spec: { cluster_pool: "pa" } });
    expect(findCheck(await world.plan(moveAny(5)))?.message).toMatch(/refused to update queue any/);
    await world.converge(moveAny(6));
    expect(await world.reader.getQueue("any")).toMatchObject({ state: "active", spec: { cluster_pool: "pb" } });
    expect(await readRefusals(world)).toEqual([]);
  });
});

test("a queue that was parked for its move stays drained where the move is refused, and its step says how it gets out", async () => {
  const world = await openPast();
  const clusters = [desiredCluster("c1", "pb"), desiredCluster("c2", "pa")];
  const next = { ...PAST, clusters, queues: [...REST.queues, desiredQueue("extra", "pb", ["c1"])] };
  const plan = await world.plan(next);
  expect(plan.steps.map(({ phase }) => phase)).toContain("park");
  await world.fault({ method: "UpdateQueue", code: "invalid_argument", after: 1, count: 100 });
  const report = await world.apply(plan);
  expect(report).toMatchObject({ status: "failed", left_drained: ["queue.extra"] });
  const failed = report.steps.find(({ status }) => status === "failed");
  expect(failed?.message).toMatch(/Queue extra is drained and takes no work\. .*undo its move in the manifests/);
  await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
  await world.converge(PAST);
  expect(await stateOf(world, "extra")).toBe("active");
});

test("a cluster that was moved is in service, though the limits of its queue are refused", async () => {
  const world = await openPast();
  const moved = { ...desiredCluster("c2", "pb"), queue: { run_concurrency: 7 } };
  await world.fault({ method: "UpdateQueue", code: "invalid_argument", count: 100 });
  const report = await world.apply(await world.plan({ ...PAST, clusters: [desiredCluster("c1", "pa"), moved] }));
  expect(report).toMatchObject({ status: "failed", left_drained: [] });
  expect(await world.reader.getCluster("c2")).toMatchObject({ state: "active", pool: "pb" });
});

describe("a cluster whose move is refused for good", () => {
  const move = { ...PAST, clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pa")] };
  const NEXT = { ...move, queues: [...REST.queues, desiredQueue("extra", "pa", ["c2"])] };

  test("is back in service where it was, and is not moved again by itself", async () => {
    const world = await openPast();
    await world.fault({ method: "UpdateCluster", code: "failed_precondition", count: 100 });
    const report = await world.apply(await world.plan(NEXT));
    expect(report).toMatchObject({ status: "failed", left_drained: [] });
    expect(report.refused).toContain("cluster.c1");
    expect(await world.reader.getCluster("c1")).toMatchObject({ state: "active", pool: "pa" });
    expect(findCheck(await world.plan(NEXT))).toMatchObject({ status: "fail" });
  });

  test("stays drained where its manifest wants it drained", async () => {
    const world = await openPast();
    await world.fault({ method: "UpdateCluster", code: "failed_precondition", count: 100 });
    const drained = { ...desiredCluster("c1", "pb"), state: "drained" as const };
    const next = { ...NEXT, clusters: [drained, desiredCluster("c2", "pa")] };
    const report = await world.apply(await world.plan(next));
    expect(report.status).toBe("failed");
    expect(await clusterState(world, "c1")).toBe("drained");
  });
});

test("what was interrupted transiently is not taken back", async () => {
  const world = await openPast();
  await world.fault({ method: "DeleteQueue", code: "unavailable", count: 100 });
  const report = await world.apply(await world.plan(REST));
  expect(report).toMatchObject({ status: "failed", left_drained: ["queue.extra"] });
  expect(await stateOf(world, "extra")).toBe("drained");
});

test("where nothing is drained, nothing is put back, and it is tried again each time", async () => {
  const world = await serveWorld("2026-07");
  await world.converge({ ...PAST, queues: REST.queues });
  await world.fault({ method: "DeleteCluster", code: "failed_precondition", count: 1 });
  const next = { ...REST, clusters: [desiredCluster("c2", "pa")] };
  await world.apply(await world.plan(next));
  expect(await readRefusals(world)).toEqual([]);
  await world.converge(next);
});

describe.each([
  ["with a store", true],
  ["without a store", false],
])("%s", (_name, store) => {
  test("killed before or after any call, it comes to the same end: in service, refused, and not tried again", async () => {
    const past = await serveWorld("2026-11", { store });
    await past.converge(PAST);
    await nameExtra(past);
    // Plans see what names the queue, and are to be carried out all the same.
    const allow = ["max-disruption-share", "empty-set", "other-folder", "contract", "unseen-settings", "references"];
    const options = { allow, ...(store ? {} : { prune: "all" as const }) };
    const all = await killEverywhere(past, await past.plan(REST, options));
    expect(all.length).toBeGreaterThanOrEqual(15);
    for (const { world, when } of all) {
      // Whoever applies again until nothing is left to do but what is held.
      for (let turn = 0; turn < 4; turn += 1) {
        const plan = await world.plan(REST, options);
        if (!plan.applyable || plan.steps.length === 0) break;
        await world.apply(plan);
      }
      const plan = await world.plan(REST, options);
      const failed = plan.checks.filter(({ status }) => status === "fail").map(({ message }) => message);
      const told = `${when}: ${failed}; ${plan.steps.map(({ id }) => id)}`;
      expect([findCheck(plan)?.status, await stateOf(world, "extra")], told).toEqual(["fail", "active"]);
      // As a pass does that has nothing to carry out.
      const memory = await world.openMemory();
      await settleIdle({ ledger: await writable(await memory.openForWriting()), plan, reader: world.reader });
      await memory.close();
      expect((await readRefusals(world)).map(({ address, drained }) => [address, drained])).toEqual([
        ["queue.extra", []],
      ]);
    }
  });
});
