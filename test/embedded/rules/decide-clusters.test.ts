import { describe, expect, test } from "vitest";
import { ClusterState } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { BOTH, id, openWorld, outcomeOf, refusalOf, specOf } from "../open-world.ts";

describe.each(BOTH)("registration on %s", (generation) => {
  test("a cluster comes with its own queue and the organization's default queue", async () => {
    const { pool, cluster, queues } = openWorld(generation);
    await pool("prod");
    await cluster("c", "prod");
    const { queues: all } = await queues.listQueues({ organization: "acme" });
    expect(all.map((one) => [one.id?.name, one.spec?.clusterPoolName, one.spec?.clusters])).toEqual([
      ["c", "prod", ["c"]],
      ["default", "default", ["*"]],
    ]);
  });

  test("a cluster that names no pool joins default", async () => {
    const { cluster, clusters } = openWorld(generation);
    await cluster("c");
    const { cluster: shown } = await clusters.getCluster({ clusterId: id("c") });
    expect(shown?.pool?.name).toBe("default");
    expect(shown?.queues.map((queue) => queue.name)).toEqual(["c", "default"]);
    expect(shown?.pools.map((pool) => pool.name)).toEqual(generation === "2026-07" ? ["default"] : []);
  });

  test.each([
    ["a taken name", "taken", "default", "AlreadyExists"],
    ["a pool that does not exist", "new", "nope", "NotFound"],
    ["a name with a dot", "a.b", "default", "InvalidArgument"],
    ["a name that is too long", "c".repeat(64), "default", "InvalidArgument"],
    ["an empty name", "", "default", "InvalidArgument"],
  ])("a registration with %s is refused", async (_what, name, pool, code) => {
    const { cluster } = openWorld(generation);
    await cluster("taken");
    expect(await outcomeOf(cluster(name, pool))).toBe(code);
  });

  test("a cluster that does not exist is not found, by whatever call", async () => {
    const { clusters, deleteCluster } = openWorld(generation);
    const clusterId = id("none");
    expect(await outcomeOf(clusters.getCluster({ clusterId }))).toBe("NotFound");
    expect(await outcomeOf(clusters.heartbeat({ clusterId }))).toBe("NotFound");
    expect(await outcomeOf(clusters.updateStatus({ clusterId, status: {} }))).toBe("NotFound");
    expect(await outcomeOf(deleteCluster("none"))).toBe("NotFound");
  });

  test("clusters are counted", async () => {
    const { cluster, clusters } = openWorld(generation);
    await cluster("a");
    await cluster("b");
    expect((await clusters.count({ organization: "acme" })).count).toBe(2n);
  });
});

describe("clusters on 2026-07", () => {
  test("a registration that names another pool is refused", async () => {
    const { pool, cluster } = openWorld("2026-07");
    await pool("prod");
    await cluster("c");
    expect(await refusalOf(cluster("c", "prod"))).toContain("under a new name");
    expect(await outcomeOf(cluster("c", "prod"))).toBe("FailedPrecondition");
  });

  test("a deleted cluster is gone at once, from every selector that named it, and wildcards stay", async () => {
    const { cluster, queue, clusters, deleteCluster, model } = openWorld("2026-07");
    await cluster("a");
    await cluster("b");
    await queue("both", { clusters: ["a", "b"] });
    await queue("all");
    await deleteCluster("a");
    const selector = (name: string) => model.state.queue.rows.get(name)?.spec.clusters;
    expect([selector("both"), selector("all"), selector("a")]).toEqual([["b"], ["*"], []]);
    expect(await outcomeOf(clusters.getCluster({ clusterId: id("a") }))).toBe("NotFound");
  });

  test("a name used again keeps the old queue: old pool, old selector", async () => {
    const { pool, cluster, deleteCluster, model } = openWorld("2026-07");
    await pool("prod");
    await cluster("c");
    await deleteCluster("c");
    await cluster("c", "prod");
    expect(model.state.cluster.rows.get("c")?.pool).toBe("prod");
    expect(model.state.queue.rows.get("c")?.spec).toMatchObject({ cluster_pool: "default", clusters: [] });
  });

  test("a cluster may take the name of an ordinary queue, which stays as it is", async () => {
    const { queue, cluster, model } = openWorld("2026-07");
    await queue("q", { depth: 7 });
    await cluster("q");
    expect(model.state.queue.rows.get("q")?.spec).toMatchObject({ depth: 7, clusters: ["*"] });
  });

  test("states, moves and undelete are not served", async () => {
    const { clusters, cluster, drainCluster } = openWorld("2026-07");
    await cluster("c");
    expect(await outcomeOf(drainCluster("c"))).toBe("Unimplemented");
    expect(await outcomeOf(clusters.updateCluster({ clusterId: id("c"), clusterPoolName: "x" }))).toBe("Unimplemented");
    expect(await outcomeOf(clusters.undeleteCluster({ clusterId: id("c") }))).toBe("Unimplemented");
    const stream = clusters.watchClusters({})[Symbol.asyncIterator]();
    expect(await outcomeOf(stream.next())).toBe("Unimplemented");
  });
});

describe("names of clusters on 2026-11", () => {
  test("default is reserved", async () => {
    expect(await outcomeOf(openWorld("2026-11").cluster("default"))).toBe("InvalidArgument");
  });

  test("a cluster cannot take a queue's name, not even a deleted queue's", async () => {
    const { queue, cluster, drainQueue, deleteQueue } = openWorld("2026-11");
    await queue("q");
    expect(await outcomeOf(cluster("q"))).toBe("AlreadyExists");
    await drainQueue("q");
    await deleteQueue("q");
    expect(await outcomeOf(cluster("q"))).toBe("AlreadyExists");
  });

  test("a deleted cluster keeps its name", async () => {
    const { cluster, deleteCluster, pass } = openWorld("2026-11");
    await cluster("c");
    await deleteCluster("c");
    pass(1);
    expect(await refusalOf(cluster("c"))).toContain("undelete it");
  });

  test("a registration leaves a deleted default queue deleted", async () => {
    const { cluster, drainQueue, deleteQueue, stateOf } = openWorld("2026-11");
    await cluster("a");
    await drainQueue("default");
    await deleteQueue("default");
    await cluster("b");
    expect(stateOf("queue", "default")).toBe("deleted");
  });
});

describe("cluster states on 2026-11", () => {
  test("a drain drains the cluster's queue too and ends when no work is left", async () => {
    const { cluster, drainCluster, stateOf, setWork } = openWorld("2026-11");
    await cluster("c");
    setWork("c", 2);
    await drainCluster("c");
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["draining", "draining"]);
    setWork("c", 0);
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["drained", "drained"]);
  });

  test("a drain waits for work of a wildcard queue that is on the cluster", async () => {
    const { cluster, drainCluster, stateOf, setWork } = openWorld("2026-11");
    await cluster("c");
    await cluster("other");
    setWork("default", 1, "c");
    setWork("default", 1, "other");
    await drainCluster("c");
    expect(stateOf("cluster", "c")).toBe("draining");
    setWork("default", 0, "c");
    expect(stateOf("cluster", "c")).toBe("drained");
  });

  test("a drain is refused while apps are assigned, or another live queue names the cluster", async () => {
    const { cluster, queue, drainCluster, drainQueue, deleteQueue, model } = openWorld("2026-11");
    await cluster("c");
    await queue("pin", { clusters: ["c"] });
    expect(await refusalOf(drainCluster("c"))).toContain('"pin"');
    await drainQueue("pin");
    await deleteQueue("pin");
    const record = model.state.cluster.rows.get("c");
    model.commit(record === undefined ? [] : [{ table: "cluster", key: "c", record: { ...record, apps: 2 } }]);
    expect(await refusalOf(drainCluster("c"))).toContain("2 apps");
  });

  test("activating a cluster activates its queue, which cannot be activated alone meanwhile", async () => {
    const { cluster, drainCluster, activateCluster, activateQueue, stateOf } = openWorld("2026-11");
    await cluster("c");
    await drainCluster("c");
    expect(await outcomeOf(activateQueue("c"))).toBe("FailedPrecondition");
    await activateCluster("c");
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["active", "active"]);
  });

  test("activating a cluster leaves a queue deleted on its own deleted", async () => {
    const { cluster, drainCluster, activateCluster, drainQueue, deleteQueue, stateOf } = openWorld("2026-11");
    await cluster("c");
    await drainQueue("c");
    await deleteQueue("c");
    await drainCluster("c");
    await activateCluster("c");
    expect(stateOf("queue", "c")).toBe("deleted");
  });

  test.each([
    ["missing", 0n, "InvalidArgument"],
    ["stale", 7n, "Aborted"],
  ])("a change of state with a generation that is %s is refused", async (_what, expectedGeneration, code) => {
    const { cluster, clusters } = openWorld("2026-11");
    await cluster("c");
    const request = { clusterId: id("c"), expectedGeneration };
    expect(await outcomeOf(clusters.updateClusterState({ ...request, state: ClusterState.DRAINING }))).toBe(code);
    expect(await outcomeOf(clusters.deleteCluster(request))).toBe(code);
  });

  test("the generation told is the one to send, and grows with each change of state", async () => {
    const { cluster, clusters, drainCluster, pass } = openWorld("2026-11");
    const told = async () => (await clusters.getCluster({ clusterId: id("c") })).cluster?.drainStatus?.generation;
    await cluster("c");
    expect(await told()).toBe(1n);
    await drainCluster("c");
    pass(1);
    expect(await told()).toBe(3n);
  });

  test.each([ClusterState.UNSPECIFIED, ClusterState.DRAINED, ClusterState.DELETED])(
    "state %i cannot be asked for",
    async (state) => {
      const { cluster, clusters } = openWorld("2026-11");
      await cluster("c");
      const request = { clusterId: id("c"), expectedGeneration: 1n, state };
      expect(await outcomeOf(clusters.updateClusterState(request))).toBe("InvalidArgument");
    },
  );

  test("a state that is there already is refused", async () => {
    const { cluster, drainCluster, activateCluster } = openWorld("2026-11");
    await cluster("c");
    expect(await outcomeOf(activateCluster("c"))).toBe("FailedPrecondition");
    await drainCluster("c");
    expect(await outcomeOf(drainCluster("c"))).toBe("FailedPrecondition");
  });
});

describe("deletion of clusters on 2026-11", () => {
  test("a drained cluster is deleted at once, with its queue", async () => {
    const { cluster, drainCluster, deleteCluster, clusters, stateOf, pass } = openWorld("2026-11");
    await cluster("c");
    await drainCluster("c");
    pass(1);
    await deleteCluster("c");
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["deleted", "deleted"]);
    expect(await outcomeOf(clusters.getCluster({ clusterId: id("c") }))).toBe("NotFound");
    const { cluster: shown } = await clusters.getCluster({ clusterId: id("c"), includeDeleted: true });
    expect(shown?.drainStatus?.overallState).toBe(ClusterState.DELETED);
    expect(shown?.deletedAt).toBeDefined();
  });

  test("an active cluster is deleting first, then deleted without waiting for its work", async () => {
    const { cluster, clusters, setWork, stateOf, model } = openWorld("2026-11");
    await cluster("c");
    setWork("c", 5);
    const { cluster: answer } = await clusters.deleteCluster({ clusterId: id("c"), expectedGeneration: 1n });
    expect(answer?.drainStatus?.overallState).toBe(ClusterState.DELETING);
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["deleted", "deleted"]);
    expect(model.state.work.keys).toEqual([]);
  });

  test("another live queue that names the cluster blocks its deletion, a deleted one does not", async () => {
    const { cluster, queue, deleteCluster, drainQueue, deleteQueue, pass } = openWorld("2026-11");
    await cluster("c");
    await queue("pin", { clusters: ["c"] });
    expect(await outcomeOf(deleteCluster("c"))).toBe("FailedPrecondition");
    await drainQueue("pin");
    pass(1);
    await deleteQueue("pin");
    expect(await outcomeOf(deleteCluster("c"))).toBe("ok");
  });

  test("a deleted cluster answers a drain with the rule that it breaks", async () => {
    const { cluster, deleteCluster, drainCluster, pass } = openWorld("2026-11");
    await cluster("c");
    await deleteCluster("c");
    pass(1);
    expect(await outcomeOf(drainCluster("c"))).toBe("FailedPrecondition");
    expect(await outcomeOf(deleteCluster("c"))).toBe("FailedPrecondition");
  });

  test("an undeleted cluster is drained, in its pool, with its queue, and can be activated", async () => {
    const { pool, cluster, deleteCluster, activateCluster, clusters, stateOf, model } = openWorld("2026-11");
    await pool("prod");
    await cluster("c", "prod");
    expect(await outcomeOf(clusters.undeleteCluster({ clusterId: id("c") }))).toBe("FailedPrecondition");
    await deleteCluster("c");
    await clusters.undeleteCluster({ clusterId: id("c") });
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["drained", "drained"]);
    expect(model.state.cluster.rows.get("c")?.pool).toBe("prod");
    await activateCluster("c");
    expect([stateOf("cluster", "c"), stateOf("queue", "c")]).toEqual(["active", "active"]);
  });

  test("a cluster of a deleted pool cannot be undeleted before its pool", async () => {
    const { pool, pools, cluster, deleteCluster, clusters, pass } = openWorld("2026-11");
    await pool("prod");
    await cluster("c", "prod");
    await deleteCluster("c");
    pass(1);
    await pools.delete({ id: id("prod") });
    expect(await refusalOf(clusters.undeleteCluster({ clusterId: id("c") }))).toContain("undelete that first");
    await pools.undelete({ id: id("prod") });
    expect(await outcomeOf(clusters.undeleteCluster({ clusterId: id("c") }))).toBe("ok");
  });
});

describe("moves on 2026-11", () => {
  async function openMovable() {
    const world = openWorld("2026-11");
    await world.pool("prod");
    await world.cluster("c");
    const move = (clusterPoolName: string) => world.clusters.updateCluster({ clusterId: id("c"), clusterPoolName });
    return { ...world, move };
  }

  test("a cluster moves with its drained queue, in one step", async () => {
    const { move, drainQueue, model } = await openMovable();
    await drainQueue("c");
    await move("prod");
    expect(model.state.cluster.rows.get("c")?.pool).toBe("prod");
    expect(model.state.queue.rows.get("c")).toMatchObject({
      state: "drained",
      spec: { cluster_pool: "prod", clusters: ["c"] },
    });
  });

  test.each([
    ["its own pool", "default", "AlreadyExists"],
    ["a pool that does not exist", "nope", "NotFound"],
    ["no pool", "", "InvalidArgument"],
  ])("a move to %s is refused", async (_what, target, code) => {
    const { move, drainQueue } = await openMovable();
    await drainQueue("c");
    expect(await outcomeOf(move(target))).toBe(code);
  });

  test("a move is refused until the cluster's queue is drained and no other live queue names it", async () => {
    const { move, queue, drainQueue, queues, setWork } = await openMovable();
    expect(await refusalOf(move("prod"))).toContain("while its queue");
    setWork("c", 1);
    await drainQueue("c");
    expect(await refusalOf(move("prod"))).toContain("draining");
    setWork("c", 0);
    await queue("pin", { clusters: ["c"] });
    expect(await refusalOf(move("prod"))).toContain('"pin"');
    const { queue: pin } = await queues.getQueue({ id: id("pin") });
    await queues.updateQueue({ id: id("pin"), spec: specOf({ clusterPoolName: pin?.spec?.clusterPoolName ?? "" }) });
    expect(await outcomeOf(move("prod"))).toBe("ok");
  });

  test("a deleted cluster cannot be moved", async () => {
    const { move, deleteCluster, pass } = await openMovable();
    await deleteCluster("c");
    pass(1);
    expect(await outcomeOf(move("prod"))).toBe("FailedPrecondition");
  });
});
