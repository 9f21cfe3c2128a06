import { describe, expect, test } from "vitest";
import { type Stored, useRealClient, type World } from "./open-world.ts";
import { printedQueue } from "./printed-records.ts";

const open = useRealClient("2026-11");
const PROD = "create cluster-pool prod --file prod.yaml";
const LIMITS = "--run-concurrency 1 --action-concurrency 2";
const QUEUE = `create queue q1 ${LIMITS}`;

function storedQueue(world: World, name: string): Stored["queues"][number] | undefined {
  return world.stored().queues.find((queue) => queue.name === name);
}

describe("queues with the client of 2026-11", () => {
  test("a queue created with the required flags alone has the documented defaults", async () => {
    const world = await open();
    const printed = await world.flyte(QUEUE);
    expect(printed).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully created queue: q1") });
    expect(storedQueue(world, "q1")).toMatchObject({
      state: "active",
      cluster_managed: false,
      spec: {
        cluster_pool: "default",
        clusters: ["*"],
        run_concurrency: 1,
        action_concurrency: 2,
        depth: 10_000,
        priority: "medium",
        scheduling: "strict_fifo",
        max_resources: {},
        max_accelerators: [],
      },
    });
  });

  test("a queue created with every flag is stored as they say", async () => {
    const world = await open();
    const caps = "--max-resources cpu=64 --max-resources memory=512Gi --max-resources ephemeral_storage=100m";
    const flags = `--depth 7 --priority min --scheduling greedy_capacity --cluster c1 --cluster-pool prod ${caps}`;
    await world.given(PROD, "create cluster c1 --pool prod", `${QUEUE} ${flags}`);
    expect(storedQueue(world, "q1")?.spec).toMatchObject({
      cluster_pool: "prod",
      clusters: ["c1"],
      depth: 7,
      priority: "min",
      scheduling: "greedy_capacity",
      max_resources: { cpu: "64", memory: "512Gi", ephemeral_storage: "100m" },
    });
  });

  test("all queues are shown as stored, at most as many as --limit says", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1", `${QUEUE} --cluster-pool prod --max-resources cpu=4`);
    const expected = world.stored().queues.map((queue) => printedQueue("2026-11", queue));
    expect(await world.list("get queue")).toMatchObject(expected);
    expect(await world.list("get queue --limit 2")).toMatchObject(expected.slice(0, 2));
    const { text } = await world.flyte("get queue");
    expect(text).toContain("c1 active medium 0 0 10000 c1 unspecified default True");
    expect(text).toMatch(/^q1 active medium 1 2 10000 \* .*cpu.*4.* strict_fifo prod embedded user embedded user$/m);
  });

  test("one queue is shown with its work in flight against its limits", async () => {
    const world = await open();
    await world.given("create queue q1 --run-concurrency 4 --action-concurrency 0 --depth 200");
    await world.given(["/inflight", { queue: "q1", runs: 1, actions: 25, depth: 20 }]);
    const { code, text } = await world.flyte("get queue q1");
    expect(code).toBe(0);
    expect(text).toContain("Runs in-flight 1 / 4 25%");
    expect(text).toContain("Actions in-flight 25 / Unlimited");
    expect(text).toContain("Queue depth 20 / 200 10%");
  });

  test("a queue drains while work is left on it, then is drained, and is activated again", async () => {
    const world = await open();
    await world.given(QUEUE, ["/inflight", { queue: "q1", runs: 1 }]);
    const drained = await world.flyte("update queue q1 --drain");
    expect(drained).toMatchObject({ code: 0, text: expect.stringContaining("✓ Queue q1 is now draining") });
    expect((await world.flyte("get queue")).text).toContain("q1 draining");
    await world.given(["/inflight", { queue: "q1" }]);
    expect((await world.flyte("get queue")).text).toContain("q1 drained");
    const activated = await world.flyte("update queue q1 --activate");
    expect(activated).toMatchObject({ code: 0, text: expect.stringContaining("✓ Queue q1 is now active") });
    expect(storedQueue(world, "q1")).toMatchObject({ state: "active", generation: 4 });
  });

  test("--state narrows the list to one state, --deleted to deleted queues", async () => {
    const world = await open();
    const named = (name: string) => `create queue ${name} ${LIMITS}`;
    await world.given(
      named("active-1"),
      named("draining-1"),
      named("drained-1"),
      named("deleting-1"),
      named("deleted-1"),
    );
    await world.given(["/inflight", { queue: "draining-1", runs: 1 }], ["/inflight", { queue: "deleting-1", runs: 1 }]);
    for (const name of ["draining-1", "drained-1", "deleting-1", "deleted-1"]) {
      await world.given(`update queue ${name} --drain`);
    }
    await world.given("delete queue deleting-1 --yes", "delete queue deleted-1 --yes");
    for (const state of ["active", "draining", "drained", "deleting"]) {
      expect(await world.list(`get queue --state ${state}`)).toMatchObject([{ name: `${state}-1`, status: state }]);
    }
    expect(await world.list("get queue --deleted")).toMatchObject([{ name: "deleted-1", status: "deleted" }]);
    expect((await world.flyte("get queue")).text).not.toContain("deleted-1");
    expect((await world.flyte("get queue --deleted --state drained")).text).not.toContain("drained-1");
  });

  test("a drained queue is deleted at once, stays visible by its name, and is restored drained", async () => {
    const world = await open();
    await world.given(`${QUEUE} --depth 9`, "update queue q1 --drain");
    const deleted = await world.flyte("delete queue q1", { input: "y\n" });
    expect(deleted).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully deleted queue: q1") });
    expect((await world.flyte("get queue q1")).text).toMatch(/deleted/);
    const restored = await world.flyte("undelete queue q1");
    expect(restored).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully restored queue: q1") });
    expect(storedQueue(world, "q1")).toMatchObject({ state: "drained", deleted_at: null, spec: { depth: 9 } });
  });

  test("the queue default is drained and deleted like any other", async () => {
    const world = await open();
    await world.given("create cluster c1", "update queue default --drain", "delete queue default --yes");
    expect(storedQueue(world, "default")).toMatchObject({ state: "deleted" });
  });

  test("an edited queue keeps what was not changed", async () => {
    const world = await open();
    await world.given(`${QUEUE} --max-resources cpu=4 --max-accelerators H100=8 --scheduling greedy_capacity`);
    const before = storedQueue(world, "q1")?.spec;
    const edit = ["s/^depth:.*/depth: 50/", "s/^priority:.*/priority: max/"];
    expect(await world.flyte("update queue q1 --edit", { edit })).toMatchObject({ code: 0 });
    expect(storedQueue(world, "q1")?.spec).toEqual({ ...before, depth: 50, priority: "max" });
  });

  test("a drained queue goes to another pool by an edit", async () => {
    const world = await open();
    await world.given(PROD, QUEUE, "update queue q1 --drain");
    await world.flyte("update queue q1 --edit", { edit: ["s/^cluster_pool:.*/cluster_pool: prod/"] });
    await world.given("update queue q1 --activate");
    expect(storedQueue(world, "q1")).toMatchObject({ state: "active", spec: { cluster_pool: "prod" } });
  });

  test("the limits of a cluster's queue can be edited, and its scheduling stays unspecified", async () => {
    const world = await open();
    await world.given("create cluster c1");
    await world.flyte("update queue c1 --edit", { edit: ["s/^run_concurrency:.*/run_concurrency: 5/"] });
    expect(storedQueue(world, "c1")?.spec).toMatchObject({
      run_concurrency: 5,
      scheduling: "unspecified",
      clusters: ["c1"],
    });
  });

  test("a queue whose editor is closed unsaved is not written", async () => {
    const world = await open();
    await world.given(QUEUE);
    const writes = world.journal().length;
    const printed = await world.flyte("update queue q1 --edit", { edit: [] });
    expect(printed).toEqual({ code: 0, text: "Edit cancelled, queue not modified." });
    expect(world.journal().length).toBe(writes);
  });
});

describe("caps of queues with the client of 2026-11", () => {
  test("--max-resources replaces the whole cap, --clear-max-resources lifts it", async () => {
    const world = await open();
    await world.given(`${QUEUE} --max-resources cpu=64 --max-resources memory=512Gi`);
    await world.given("update queue q1 --max-resources memory=1Ti");
    expect(storedQueue(world, "q1")?.spec.max_resources).toEqual({ memory: "1Ti" });
    await world.given("update queue q1 --clear-max-resources");
    expect(storedQueue(world, "q1")?.spec.max_resources).toEqual({});
  });

  test("--max-accelerators replaces the whole set, --clear-max-accelerators lifts it", async () => {
    const world = await open();
    await world.given(`${QUEUE} --max-accelerators H100=8 --max-accelerators T4=3`);
    await world.given("update queue q1 --max-accelerators V6E=10");
    expect(await world.list("get queue")).toMatchObject([{ max_accelerators: { "google_tpu/google-tpu-v6e": 10 } }]);
    await world.given("update queue q1 --clear-max-accelerators");
    expect(storedQueue(world, "q1")?.spec.max_accelerators).toEqual([]);
  });

  test("--scheduling changes the scheduling and nothing else", async () => {
    const world = await open();
    await world.given(`${QUEUE} --max-accelerators H100=8`);
    const before = storedQueue(world, "q1")?.spec;
    await world.given("update queue q1 --scheduling greedy_capacity");
    expect(storedQueue(world, "q1")?.spec).toEqual({ ...before, scheduling: "greedy_capacity" });
  });

  test.each([
    ["H100=8", "nvidia_gpu/nvidia-h100"],
    ["nvidia_gpu=8", "nvidia_gpu"],
    ["gpu=1", "nvidia_gpu"],
    ["V6E=10", "google_tpu/google-tpu-v6e"],
    ["google-tpu-v5e=4", "google_tpu/google-tpu-v5e"],
    ["A100/1g.5gb=1", "nvidia_gpu/nvidia-a100/1g.5gb"],
    ["nvidia-a100-80gb=2", "nvidia_gpu/nvidia-a100-80gb"],
    ["T4=3", "nvidia_gpu/nvidia-t4"],
    ["aws-trn1=1", "amazon_neuron/aws-trn1"],
    ["amd-mi300x=2", "amd_gpu/amd-mi300x"],
  ])("--max-accelerators %s is stored and shown as %s", async (typed, shown) => {
    const world = await open();
    const count = Number(typed.split("=")[1]);
    await world.given(`${QUEUE} --max-accelerators ${typed}`);
    expect(await world.list("get queue")).toMatchObject([{ max_accelerators: { [shown]: count } }]);
    expect(storedQueue(world, "q1")?.spec.max_accelerators).toMatchObject([{ count }]);
  });
});
