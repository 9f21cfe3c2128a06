import { describe, expect, test } from "vitest";
import {
  FairnessAlgorithm,
  QueueState,
  SchedulingAlgorithm,
} from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { BOTH, id, openWorld, outcomeOf, refusalOf, specOf } from "../open-world.ts";

describe.each(BOTH)("queues on %s", (generation) => {
  test("a created queue is shown as it was sent, in the pool default when none is named", async () => {
    const { queue, queues } = openWorld(generation);
    await queue("q", { depth: 5 });
    const { queue: shown } = await queues.getQueue({ id: id("q") });
    expect(shown?.spec).toMatchObject({ ...specOf({ depth: 5 }), clusterPoolName: "default" });
    expect(shown?.status?.stateGeneration).toBe(generation === "2026-07" ? 0n : 1n);
  });

  test.each([
    ["an empty selector", { clusters: [] }, "InvalidArgument"],
    ["a wildcard mixed with names", { clusters: ["*", "c"] }, "InvalidArgument"],
    ["a cluster named twice", { clusters: ["c", "c"] }, "InvalidArgument"],
    ["a cluster that does not exist", { clusters: ["nope"] }, "NotFound"],
    ["a cluster of another pool", { clusters: ["p"] }, "FailedPrecondition"],
    ["a pool that does not exist", { clusterPoolName: "nope" }, "NotFound"],
    ["no fairness", { fairness: FairnessAlgorithm.UNSPECIFIED }, "InvalidArgument"],
    ["no priority", { priority: 0 }, "InvalidArgument"],
    ["a priority that is not known", { priority: 7 }, "InvalidArgument"],
  ])("a queue with %s is refused, and an update to it too", async (_what, spec, code) => {
    const { pool, cluster, queue, queues } = openWorld(generation);
    await pool("prod");
    await cluster("c");
    await cluster("p", "prod");
    await queue("q");
    expect(await outcomeOf(queue("new", spec))).toBe(code);
    if (!("clusterPoolName" in spec)) {
      const update = { id: id("q"), spec: specOf({ clusterPoolName: "default", ...spec }) };
      expect(await outcomeOf(queues.updateQueue(update))).toBe(code);
    }
  });

  test.each([
    ["a taken name", { id: id("default") }, "AlreadyExists"],
    ["a project and domain", { id: { ...id("q"), project: "p", domain: "d" } }, "InvalidArgument"],
    ["a name in capitals", { id: id("Queue") }, "InvalidArgument"],
    ["an empty spec", { id: id("q"), spec: {} }, "InvalidArgument"],
    ["no state", { id: id("q"), state: QueueState.UNSPECIFIED }, "InvalidArgument"],
    ["the state draining", { id: id("q"), state: QueueState.DRAINING }, "InvalidArgument"],
    ["another organization", { id: { organization: "other", name: "q" } }, "NotFound"],
  ])("a queue with %s is refused", async (_what, request, code) => {
    const { cluster, queues } = openWorld(generation);
    await cluster("c");
    const sent = { state: QueueState.ACTIVE, ...("spec" in request ? {} : { spec: specOf({}) }), ...request };
    expect(await outcomeOf(queues.createQueue(sent))).toBe(code);
  });

  test("an update replaces the whole spec and must carry the pool", async () => {
    const { queue, queues } = openWorld(generation);
    await queue("q", { depth: 5 });
    expect(await outcomeOf(queues.updateQueue({ id: id("q"), spec: specOf({}) }))).toBe("InvalidArgument");
    const { queue: updated } = await queues.updateQueue({ id: id("q"), spec: specOf({ clusterPoolName: "default" }) });
    expect(updated?.spec?.depth).toBe(10_000);
    expect(await outcomeOf(queues.updateQueue({ id: id("none"), spec: specOf({ clusterPoolName: "default" }) }))).toBe(
      "NotFound",
    );
  });
});

describe("queues on 2026-07", () => {
  test("a queue never changes its pool", async () => {
    const { pool, queue, queues } = openWorld("2026-07");
    await pool("prod");
    await queue("q");
    const update = queues.updateQueue({ id: id("q"), spec: specOf({ clusterPoolName: "prod" }) });
    expect(await outcomeOf(update)).toBe("FailedPrecondition");
  });

  test("draining is not yet available", async () => {
    const { queue, drainQueue, activateQueue } = openWorld("2026-07");
    await queue("q");
    expect(await refusalOf(drainQueue("q"))).toContain("not yet available");
    expect(await outcomeOf(activateQueue("q"))).toBe("FailedPrecondition");
    expect(await outcomeOf(queue("r", {}, QueueState.DRAINED))).toBe("FailedPrecondition");
  });

  test("deletion, undelete and resolution are not served, whatever is sent", async () => {
    const { queues, queue, deleteQueue } = openWorld("2026-07");
    await queue("q");
    expect(await outcomeOf(deleteQueue("q"))).toBe("Unimplemented");
    expect(await outcomeOf(queues.undeleteQueue({ id: id("q") }))).toBe("Unimplemented");
    expect(await outcomeOf(queues.resolveQueue({}))).toBe("Unimplemented");
  });

  test("a co-named queue is an ordinary one", async () => {
    const { cluster, queues } = openWorld("2026-07");
    await cluster("a");
    await cluster("b");
    const { queue } = await queues.updateQueue({
      id: id("a"),
      spec: specOf({ clusterPoolName: "default", clusters: ["b"] }),
    });
    expect(queue?.spec?.clusters).toEqual(["b"]);
    expect(queue?.status?.clusterManaged).toBe(false);
  });

  test("shuffle_interleave is taken, and what only 2026-11 knows is left behind", async () => {
    const { queue, queues } = openWorld("2026-07");
    const fairness = FairnessAlgorithm.SHUFFLE_INTERLEAVE;
    await queue("q", {
      fairness,
      scheduling: SchedulingAlgorithm.STRICT_FIFO,
      maxResources: [{ name: 1, value: "8" }],
    });
    const { queue: shown } = await queues.getQueue({ id: id("q") });
    expect(shown?.spec).toMatchObject({ fairness, scheduling: 0, maxResources: [] });
  });
});

describe("queue states on 2026-11", () => {
  test("a drain ends when no work is left, and the queue can be activated back", async () => {
    const { queue, drainQueue, activateQueue, setWork, stateOf } = openWorld("2026-11");
    await queue("q");
    setWork("q", 1);
    await drainQueue("q");
    expect(stateOf("queue", "q")).toBe("draining");
    setWork("q", 0);
    expect(stateOf("queue", "q")).toBe("drained");
    await activateQueue("q");
    expect(stateOf("queue", "q")).toBe("active");
  });

  test("a lost race is aborted, and a client that did not look is not held to a generation", async () => {
    const { queue, queues, stateOf } = openWorld("2026-11");
    await queue("q");
    const request = { id: id("q"), state: QueueState.DRAINING };
    expect(await outcomeOf(queues.updateQueueState({ ...request, expectedStateGeneration: 9n }))).toBe("Aborted");
    expect(await outcomeOf(queues.updateQueueState(request))).toBe("ok");
    expect(stateOf("queue", "q")).toBe("drained");
    expect(await outcomeOf(queues.deleteQueue({ id: id("q"), expectedStateGeneration: 1n }))).toBe("Aborted");
  });

  test("a queue may start drained", async () => {
    const { queue, stateOf } = openWorld("2026-11");
    await queue("q", {}, QueueState.DRAINED);
    expect(stateOf("queue", "q")).toBe("drained");
  });

  test("only a drained queue is deleted at once; a draining one is deleting until its work is gone; an active one stays", async () => {
    const { queue, queues, drainQueue, deleteQueue, setWork, stateOf } = openWorld("2026-11");
    await queue("q");
    expect(await outcomeOf(deleteQueue("q"))).toBe("FailedPrecondition");
    setWork("q", 1);
    await drainQueue("q");
    await deleteQueue("q");
    expect(stateOf("queue", "q")).toBe("deleting");
    expect(await outcomeOf(queues.undeleteQueue({ id: id("q") }))).toBe("FailedPrecondition");
    setWork("q", 0);
    expect(stateOf("queue", "q")).toBe("deleted");
    expect(await outcomeOf(deleteQueue("q"))).toBe("FailedPrecondition");
    expect(await outcomeOf(drainQueue("q"))).toBe("FailedPrecondition");
  });

  test("a deleted queue is shown by get, hidden from lists, and keeps its name", async () => {
    const { queue, queues, drainQueue, deleteQueue } = openWorld("2026-11");
    await queue("q");
    await drainQueue("q");
    await deleteQueue("q");
    expect((await queues.getQueue({ id: id("q") })).queue?.deletedAt).toBeDefined();
    expect((await queues.listQueues({ organization: "acme" })).queues.map((one) => one.id?.name)).toEqual([]);
    expect(await outcomeOf(queue("q"))).toBe("AlreadyExists");
    expect(await outcomeOf(queues.updateQueue({ id: id("q"), spec: specOf({ clusterPoolName: "default" }) }))).toBe(
      "FailedPrecondition",
    );
  });

  test("an undeleted queue comes back drained; its pool and the clusters it names must be live", async () => {
    const { pool, pools, cluster, queue, queues, deleteQueue, drainQueue, deleteCluster, clusters, pass, stateOf } =
      openWorld("2026-11");
    await pool("prod");
    await cluster("c", "prod");
    await queue("q", { clusterPoolName: "prod", clusters: ["c"] });
    await drainQueue("q");
    await deleteQueue("q");
    await deleteCluster("c");
    pass(1);
    const undelete = () => outcomeOf(queues.undeleteQueue({ id: id("q") }));
    expect(await undelete()).toBe("FailedPrecondition");
    await pools.delete({ id: id("prod") });
    expect(await undelete()).toBe("FailedPrecondition");
    await pools.undelete({ id: id("prod") });
    await clusters.undeleteCluster({ clusterId: id("c") });
    expect(await undelete()).toBe("ok");
    expect(stateOf("queue", "q")).toBe("drained");
  });

  test("a queue that settings name for runs without one cannot be deleted", async () => {
    const { queue, model, drainQueue, deleteQueue } = openWorld("2026-11");
    await queue("q", {}, QueueState.DRAINED);
    model.commit([
      { table: "setting", key: "", record: { scope: "", version: 1, values: { "run.default_queue": "q" } } },
    ]);
    expect(await refusalOf(deleteQueue("q"))).toContain("run.default_queue");
    model.commit([{ table: "setting", key: "", record: null }]);
    expect(await outcomeOf(deleteQueue("q"))).toBe("ok");
    expect(await outcomeOf(drainQueue("q"))).toBe("FailedPrecondition");
  });

  test("the default queue is drained and deleted like any other", async () => {
    const { cluster, drainQueue, deleteQueue, stateOf } = openWorld("2026-11");
    await cluster("c");
    await drainQueue("default");
    await deleteQueue("default");
    expect(stateOf("queue", "default")).toBe("deleted");
  });
});

describe("queue pools and names on 2026-11", () => {
  test("a queue changes its pool only when drained, with a selector of the new pool", async () => {
    const { pool, cluster, queue, queues, drainQueue, pass } = openWorld("2026-11");
    await pool("prod");
    await cluster("c");
    await cluster("p", "prod");
    await queue("q", { clusters: ["c"] });
    const move = (clusters: string[], clusterPoolName = "prod") =>
      outcomeOf(queues.updateQueue({ id: id("q"), spec: specOf({ clusterPoolName, clusters }) }));
    expect(await move(["p"])).toBe("FailedPrecondition");
    await drainQueue("q");
    pass(1);
    expect(await move(["c"])).toBe("FailedPrecondition");
    expect(await move(["p"], "nope")).toBe("NotFound");
    expect(await move(["p"])).toBe("ok");
  });

  test("a cluster's own queue keeps its pool and selector, and takes other changes", async () => {
    const { pool, cluster, queues, drainQueue } = openWorld("2026-11");
    await pool("prod");
    await cluster("a");
    await cluster("b");
    const update = (spec: Parameters<typeof specOf>[0]) =>
      outcomeOf(
        queues.updateQueue({ id: id("a"), spec: specOf({ clusterPoolName: "default", clusters: ["a"], ...spec }) }),
      );
    expect(await update({ depth: 3 })).toBe("ok");
    expect(await update({ clusters: ["b"] })).toBe("FailedPrecondition");
    await drainQueue("a");
    expect(await update({ clusterPoolName: "prod" })).toBe("FailedPrecondition");
    expect((await queues.getQueue({ id: id("a") })).queue?.status?.clusterManaged).toBe(true);
  });

  test("a queue cannot take the name of a cluster, even where the cluster's own queue is gone", async () => {
    const { cluster, queue, model } = openWorld("2026-11");
    await cluster("c");
    model.commit([{ table: "queue", key: "c", record: null }]);
    expect(await outcomeOf(queue("c"))).toBe("AlreadyExists");
  });

  test.each([
    ["shuffle_interleave", { fairness: FairnessAlgorithm.SHUFFLE_INTERLEAVE }],
    ["a scheduling that is not known", { scheduling: 9 }],
    ["a cap on GPUs as a resource", { maxResources: [{ name: 2, value: "8" }] }],
    [
      "a resource capped twice",
      {
        maxResources: [
          { name: 1, value: "8" },
          { name: 1, value: "9" },
        ],
      },
    ],
    ["a cap that is no quantity", { maxResources: [{ name: 1, value: "lots" }] }],
    ["a negative cap", { maxResources: [{ name: 1, value: "-1" }] }],
    ["an accelerator capped at zero", { maxAccelerators: [{ accelerator: { device: "nvidia-h100" }, count: 0n }] }],
    ["a cap on TPUs without a device", { maxAccelerators: [{ accelerator: { deviceClass: 1 }, count: 1n }] }],
    ["a cap on no accelerator", { maxAccelerators: [{ count: 1n }] }],
    [
      "an accelerator capped twice",
      {
        maxAccelerators: [
          { accelerator: { device: "nvidia-t4" }, count: 1n },
          { accelerator: { device: "nvidia-t4" }, count: 2n },
        ],
      },
    ],
  ])("a queue with %s is refused", async (_what, spec) => {
    expect(await outcomeOf(openWorld("2026-11").queue("q", spec))).toBe("InvalidArgument");
  });

  test("caps come back as they were sent", async () => {
    const { queue, queues } = openWorld("2026-11");
    const accelerator = {
      device: "nvidia-a100",
      acceleratorModel: 9,
      partitionSizeValue: { case: "partitionSize" as const, value: "1g.5gb" },
    };
    const caps = {
      maxResources: [
        { name: 3, value: "512Gi" },
        { name: 1, value: "100m" },
      ],
      maxAccelerators: [{ accelerator, count: 4n }],
    };
    await queue("q", { ...caps, scheduling: SchedulingAlgorithm.GREEDY_CAPACITY });
    expect((await queues.getQueue({ id: id("q") })).queue?.spec).toMatchObject({ ...caps, scheduling: 2 });
  });

  test("resolution finds a queue by its name and refuses an empty one", async () => {
    const { cluster, queues, drainQueue, deleteQueue } = openWorld("2026-11");
    await cluster("c");
    expect((await queues.resolveQueue({ queueName: "c" })).queue?.id?.name).toBe("c");
    expect(await outcomeOf(queues.resolveQueue({}))).toBe("InvalidArgument");
    await drainQueue("default");
    await deleteQueue("default");
    expect(await outcomeOf(queues.resolveQueue({ queueName: "default" }))).toBe("NotFound");
    expect(await outcomeOf(queues.resolveQueue({ queueName: "default", includeDeleted: true }))).toBe("ok");
  });
});
