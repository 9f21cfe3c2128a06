import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredQueue, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { serveTwoPools, stateOf, WITHOUT_C2 } from "./serve-two-pools.ts";
import { recordEvents, type ServedWorld, serveWorld } from "./serve-world.ts";
import { MOVED, TWO_POOLS } from "./situations.ts";

/** As {@link TWO_POOLS}, with queue `any` out of service, and c3 of the other pool. */
const OUT_OF_SERVICE: Desired = {
  ...TWO_POOLS,
  clusters: TWO_POOLS.clusters.map((cluster) => (cluster.name === "c3" ? { ...cluster, state: "drained" } : cluster)),
  queues: TWO_POOLS.queues.map((queue) => (queue.name === "any" ? { ...queue, state: "drained" } : queue)),
};

const putOff = async (world: ServedWorld, runs: number) => {
  await world.post("/inflight", { queue: "any", cluster: "c2", runs });
  await world.post("/inflight", { queue: "c3", cluster: "c3", runs });
};

/** What somebody else does to a cluster, past the rules of this plan. */
async function takeElsewhere(world: ServedWorld, name: string): Promise<void> {
  if (world.model.state.generation === "2026-11") {
    await world.post("/mutate", { op: "set", kind: "cluster", name, path: "cluster_pool", value: "pb" });
    return;
  }
  await world.writer.deleteCluster(name, "0");
  await world.writer.registerCluster(name, "pb");
}

describe("waiting for a drain", () => {
  test("work that outlasts it: nothing is moved, what is left drained is reported, and the next apply goes on", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const first = await world.apply(await world.plan(MOVED));
    expect(first).toMatchObject({ status: "waiting", left_drained: ["cluster.c1"] });
    expect(first.steps.find((step) => step.status === "waiting")).toMatchObject({
      until: "drained",
      message: "cluster c1 still has work",
    });
    expect(await stateOf(world, "c1")).toBe("draining in pa");
    const second = await world.apply(await world.plan(MOVED));
    expect(second).toMatchObject({ status: "waiting", left_drained: ["cluster.c1"] });
    await world.post("/inflight", { queue: "c1", cluster: "c1" });
    await world.converge(MOVED);
    expect(await stateOf(world, "c1")).toBe("active in pb");
    expect((await world.plan(MOVED)).steps).toEqual([]);
  });

  test.each([{ prevent_destroy: true }, { on_remove: "orphan" }] as const)(
    "what its manifest says of its end by %j counts before its work has ended",
    async (more) => {
      const world = await serveTwoPools("2026-11");
      await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
      await world.apply(await world.plan(MOVED));
      const [c1, ...others] = MOVED.clusters;
      if (c1 === undefined) throw new Error("c1 moves");
      const guarded = { ...MOVED, clusters: [{ ...c1, lifecycle: { ...c1.lifecycle, ...more } }, ...others] };
      expect(await world.apply(await world.plan(guarded))).toMatchObject({ status: "waiting" });
      const { changes, checks } = await world.plan({ ...MOVED, clusters: others });
      const isKept = "on_remove" in more;
      expect(changes.filter(({ action }) => action === "delete")).toHaveLength(isKept ? 0 : 1);
      expect(checks.some(({ name, status }) => name === "protected" && status === "fail")).toBe(!isKept);
    },
  );

  test("work that ends in time is waited for, looking at growing intervals of at most 5 s", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const sleeps: number[] = [];
    world.onSleep = async (milliseconds) => {
      sleeps.push(milliseconds);
      if (sleeps.length === 15) await world.post("/inflight", { queue: "c1", cluster: "c1" });
    };
    expect(await world.apply(await world.plan(MOVED))).toMatchObject({ status: "applied", left_drained: [] });
    expect(sleeps[0]).toBeLessThanOrEqual(100);
    expect(sleeps).toEqual(sleeps.toSorted((left, right) => left - right));
    expect(sleeps.at(-1)).toBe(5_000);
  });

  test("someone puts the cluster back into service: the wait ends as failed, and nothing is left drained", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    world.onSleep = () =>
      world.post("/mutate", { op: "set", kind: "cluster", name: "c1", path: "state", value: "active" });
    const report = await world.apply(await world.plan(MOVED));
    expect(report).toMatchObject({ status: "failed", left_drained: [] });
    expect(report.steps.find((step) => step.status === "failed")).toMatchObject({ code: "reactivated" });
    expect(await stateOf(world, "c1")).toBe("active in pa");
  });

  test("someone deletes the cluster: the wait says so", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    world.onSleep = () => world.post("/mutate", { op: "delete", kind: "cluster", name: "c1" });
    const report = await world.apply(await world.plan(MOVED));
    expect(report.steps.find((step) => step.status === "failed")).toMatchObject({ code: "vanished", until: "drained" });
  });

  test("reads that fail for a while are no end of the wait", async () => {
    const world = await serveTwoPools("2026-11");
    const { lines, onEvent } = recordEvents();
    await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    const plan = await world.plan(MOVED);
    let sleeps = 0;
    world.onSleep = async () => {
      sleeps += 1;
      if (sleeps === 2) await world.fault({ method: "GetCluster", code: "unavailable", count: 5 });
      if (sleeps === 5) await world.post("/inflight", { queue: "c1", cluster: "c1" });
    };
    expect((await world.apply(plan, { onEvent })).status).toBe("applied");
    expect(lines.filter((line) => line.startsWith("progress")).length).toBeGreaterThan(1);
  });

  test("a queue that is being deleted elsewhere is waited for before it is restored", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "any", runs: 1 });
    await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "state", value: "deleting" });
    const plan = await world.plan(TWO_POOLS);
    expect(plan.steps.map((step) => step.until)).toContain("deleted");
    let sleeps = 0;
    world.onSleep = async () => {
      sleeps += 1;
      if (sleeps === 3) await world.post("/inflight", { queue: "any" });
    };
    expect((await world.apply(plan)).status).toBe("applied");
    expect((await world.reader.getQueue("any"))?.state).toBe("active");
  });
});

describe("a state that is drained for good", () => {
  test("is waited for, by the plan of the drain and by each later one, until the work has ended", async () => {
    const world = await serveTwoPools("2026-11");
    await putOff(world, 1);
    const first = await world.plan(OUT_OF_SERVICE);
    expect(first.steps.map(({ id, after }) => [id, after])).toEqual([
      ["cluster.c3/drain", []],
      ["queue.any/drain", []],
      ["cluster.c3/await/drained", ["cluster.c3/drain"]],
      ["queue.any/await/drained", ["queue.any/drain"]],
    ]);
    expect(await world.apply(first)).toMatchObject({ status: "waiting", left_drained: [] });
    const second = await world.plan(OUT_OF_SERVICE);
    expect(second.steps.map(({ id }) => id)).toEqual(["cluster.c3/await/drained", "queue.any/await/drained"]);
    expect([second.changes, second.notices.filter(({ code }) => code === "draining")]).toMatchObject([
      [],
      [{ addresses: ["cluster.c3"] }, { addresses: ["queue.any"], queues: ["any"] }],
    ]);
    expect((await world.apply(second)).status).toBe("waiting");
    world.onSleep = () => putOff(world, 0);
    expect((await world.apply(second)).status).toBe("applied");
    expect((await world.plan(OUT_OF_SERVICE)).steps).toEqual([]);
  });

  test("is waited for no longer than drain_timeout says", async () => {
    const world = await serveTwoPools("2026-11");
    await putOff(world, 1);
    const lifecycle = { ...LIFECYCLE, drain_timeout_ms: 3_000 };
    const hasty = (objects: Desired["clusters"]) => objects.map((object) => ({ ...object, lifecycle }));
    const desired = {
      ...OUT_OF_SERVICE,
      clusters: hasty(OUT_OF_SERVICE.clusters),
      queues: OUT_OF_SERVICE.queues.map((queue) => ({ ...queue, lifecycle })),
    };
    const before = world.clock.now();
    expect((await world.apply(await world.plan(desired), { wait_ms: 600_000 })).status).toBe("waiting");
    expect(world.clock.now() - before).toBeLessThan(10_000);
    expect((await world.apply(await world.plan(desired), { wait_ms: 600_000 })).status).toBe("waiting");
    expect(world.clock.now() - before).toBeLessThan(20_000);
  });

  test("holds up nothing else, and is given up where the manifest wants it back", async () => {
    const world = await serveTwoPools("2026-11");
    await putOff(world, 1);
    await world.apply(await world.plan(OUT_OF_SERVICE));
    const wider = { ...OUT_OF_SERVICE, queues: [...OUT_OF_SERVICE.queues, desiredQueue("new", "pa", ["c1"])] };
    expect((await world.apply(await world.plan(wider))).status).toBe("waiting");
    expect((await world.reader.getQueue("new"))?.state).toBe("active");
    await world.converge(TWO_POOLS);
    expect([(await world.reader.getQueue("any"))?.state, await stateOf(world, "c3")]).toEqual([
      "active",
      "active in pb",
    ]);
  });

  test("is not waited for and given up where the manifest leaves the state to others: they have not chosen it", async () => {
    const world = await serveTwoPools("2026-11");
    await putOff(world, 1);
    await world.apply(await world.plan(OUT_OF_SERVICE));
    const lifecycle = { ...LIFECYCLE, ignore_changes: ["state"] };
    const left = {
      ...TWO_POOLS,
      clusters: TWO_POOLS.clusters.map((cluster) => ({ ...cluster, lifecycle })),
      queues: TWO_POOLS.queues.map((queue) => ({ ...queue, lifecycle })),
    };
    const asked = {
      ...OUT_OF_SERVICE,
      clusters: OUT_OF_SERVICE.clusters.map((cluster) => ({ ...cluster, lifecycle })),
      queues: OUT_OF_SERVICE.queues.map((queue) => ({ ...queue, lifecycle })),
    };
    expect((await world.plan(asked)).steps).toEqual([]);
    expect((await world.plan(left)).steps.map(({ id }) => id)).toEqual(["cluster.c3/activate", "queue.any/activate"]);
    await world.converge(left);
    expect([(await world.reader.getQueue("any"))?.state, await stateOf(world, "c3")]).toEqual([
      "active",
      "active in pb",
    ]);
  });

  test("of a pool's clusters comes after that of its * queues, whose work needs one of them, where none stays", async () => {
    const world = await serveTwoPools("2026-11");
    const clusters = TWO_POOLS.clusters.map((cluster) => ({ ...cluster, state: "drained" as const }));
    const queues = [desiredQueue("any", "pa", ["*"], { state: "drained" })];
    const { steps } = await world.plan({ ...TWO_POOLS, clusters, queues });
    const drains = steps.filter(({ id }) => id === "cluster.c1/drain" || id === "cluster.c2/drain");
    expect(drains.map(({ after }) => after.includes("queue.any/await/drained"))).toEqual([true, true]);
  });
});

describe("a delete of a drained object", () => {
  test("lost a race with someone who activated it: it is not sent again", async () => {
    const world = await serveTwoPools("2026-11");
    const plan = await world.plan(WITHOUT_C2);
    await world.fault({ method: "DeleteCluster", code: "aborted" });
    world.onSleep = async () => {
      if ((await stateOf(world, "c2")) !== "drained in pa") return;
      await world.post("/mutate", { op: "set", kind: "cluster", name: "c2", path: "state", value: "active" });
      await world.post("/inflight", { queue: "c2", cluster: "c2", runs: 1 });
    };
    const report = await world.apply(plan);
    expect(report.steps.find((step) => step.op === "delete")).toMatchObject({ status: "failed", code: "reactivated" });
    expect(await stateOf(world, "c2")).toBe("active in pa");
  });

  test("that was drained before the plan, and came back after it, is not sent", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/mutate", { op: "set", kind: "cluster", name: "c2", path: "state", value: "drained" });
    const plan = await world.plan(WITHOUT_C2);
    expect(plan.steps.map(({ op, kind }) => `${op} ${kind}`)).not.toContain("drain cluster");
    await world.post("/mutate", { op: "set", kind: "cluster", name: "c2", path: "state", value: "active" });
    const report = await world.apply(plan);
    expect(report.steps.find((step) => step.op === "delete")).toMatchObject({ status: "failed", code: "reactivated" });
    expect(await stateOf(world, "c2")).toBe("active in pa");
  });

  test("with --allow in-flight interrupts what is there", async () => {
    const world = await serveTwoPools("2026-11");
    await world.post("/inflight", { queue: "c2", cluster: "c2", runs: 1 });
    await world.converge(WITHOUT_C2, { allow: ["in-flight"] });
    expect(await stateOf(world, "c2")).toBe("deleted in pa");
  });
});

describe.each(["2026-07", "2026-11"] as const)(
  "a cluster that somebody takes to another pool, on generation %s",
  (generation) => {
    const C9 = desiredCluster("c9", "pa");
    const WITH_C9: Desired = { ...TWO_POOLS, clusters: [...TWO_POOLS.clusters, C9] };

    async function serveC9() {
      const world = await serveWorld(generation);
      await world.converge(WITH_C9);
      return world;
    }

    test.each([
      { what: "the delete", wanted: TWO_POOLS },
      { what: "the move", wanted: { ...WITH_C9, clusters: [...TWO_POOLS.clusters, { ...C9, pool: "default" }] } },
    ])("while $what waits for its work is left there", async ({ wanted }) => {
      const world = await serveC9();
      await world.post("/inflight", { queue: "c9", cluster: "c9", runs: 1 });
      const plan = await world.plan(wanted);
      let looks = 0;
      world.onSleep = async () => {
        looks += 1;
        if (looks === 3) await takeElsewhere(world, "c9");
        if (looks === 4) await world.post("/inflight", { queue: "c9", cluster: "c9" });
      };
      const report = await world.apply(plan);
      const ended = report.steps.find(
        ({ op, physical_name }) => (op === "delete" || op === "move") && physical_name === "c9",
      );
      expect(ended).toMatchObject({
        status: "failed",
        code: "taken_elsewhere",
        message: expect.stringContaining("pool pb"),
      });
      expect(await stateOf(world, "c9")).toMatch(/ in pb$/);
    });

    test("before anything is written is neither drained nor deleted", async () => {
      const world = await serveC9();
      const plan = await world.plan(TWO_POOLS);
      await takeElsewhere(world, "c9");
      const report = await world.apply(plan);
      expect(report).toMatchObject({ status: "failed" });
      expect(await stateOf(world, "c9")).toBe("active in pb");
    });
  },
);

describe.each(["2026-07", "2026-11"] as const)("on generation %s", (generation) => {
  describe.each(["moved", "removed"] as const)("where the cluster is %s", (how) => {
    test.each([
      { drain_timeout_ms: 2_000, wait_ms: 60_000, limit: 2_000 },
      { drain_timeout_ms: 60_000, wait_ms: 3_000, limit: 3_000 },
      { drain_timeout_ms: null, wait_ms: 4_000, limit: 4_000 },
      { drain_timeout_ms: 60_000, wait_ms: 0, limit: 0 },
    ])("the shorter of drain_timeout and --wait counts: $drain_timeout_ms, $wait_ms", async (given) => {
      const world = await serveWorld(generation);
      const lifecycle = { ...LIFECYCLE, drain_timeout_ms: given.drain_timeout_ms };
      const patient = (folder: Desired): Desired => ({
        ...folder,
        clusters: folder.clusters.map((cluster) => ({ ...cluster, lifecycle })),
      });
      await world.converge(patient(TWO_POOLS));
      await world.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
      const removed = { ...MOVED, clusters: MOVED.clusters.filter(({ name }) => name !== "c1") };
      const plan = await world.plan(patient(how === "moved" ? MOVED : removed));
      const start = world.clock.now();
      expect((await world.apply(plan, { wait_ms: given.wait_ms })).status).toBe("waiting");
      expect(world.clock.now() - start).toBe(given.limit);
      expect(await stateOf(world, "c1")).toMatch(/ in pa$/);
    });
  });
});
