import { describe, expect, test } from "vitest";
import { useRealClient } from "./open-world.ts";
import { printedQueue } from "./printed-records.ts";

const open = useRealClient("2026-07");
const PROD = "create cluster-pool prod --file prod.yaml";
const LIMITS = "--run-concurrency 1 --action-concurrency 2";

describe("queues with the client of 2026-07", () => {
  test("a queue created with the required flags alone has the documented defaults", async () => {
    const world = await open();
    const printed = await world.flyte(`create queue q1 ${LIMITS}`);
    expect(printed).toMatchObject({ code: 0, text: expect.stringContaining("✓ Successfully created queue: q1") });
    expect(world.stored().queues).toMatchObject([
      {
        name: "q1",
        state: "active",
        spec: {
          cluster_pool: "default",
          clusters: ["*"],
          run_concurrency: 1,
          action_concurrency: 2,
          depth: 10_000,
          priority: "medium",
          fairness: "round_robin",
        },
      },
    ]);
  });

  test("a queue created with every flag is stored as they say", async () => {
    const world = await open();
    const flags =
      "--depth 7 --priority max --fairness shuffle_interleave --cluster c1 --cluster c2 --cluster-pool prod";
    await world.given(PROD, "create cluster c1 --pool prod", "create cluster c2 --pool prod");
    await world.given(`create queue q1 ${LIMITS} ${flags}`);
    expect(world.stored().queues.find(({ name }) => name === "q1")?.spec).toMatchObject({
      cluster_pool: "prod",
      clusters: ["c1", "c2"],
      depth: 7,
      priority: "max",
      fairness: "shuffle_interleave",
    });
  });

  test("all queues are shown as stored, at most as many as --limit says", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1", `create queue q1 ${LIMITS} --cluster-pool prod --priority min`);
    const expected = world.stored().queues.map((queue) => printedQueue("2026-07", queue));
    expect(await world.list("get queue")).toEqual(expected);
    expect(await world.list("get queue --limit 2")).toEqual(expected.slice(0, 2));
    const { text } = await world.flyte("get queue");
    expect(text).toContain("c1 active medium round_robin 0 0 10000 c1 default");
    expect(text).toContain("q1 active min round_robin 1 2 10000 * prod");
  });

  test("one queue is shown with its work in flight against its limits", async () => {
    const world = await open();
    await world.given("create queue q1 --run-concurrency 4 --action-concurrency 50 --depth 200");
    await world.given(["/inflight", { queue: "q1", runs: 1, actions: 25, depth: 20 }]);
    const { code, text } = await world.flyte("get queue q1");
    expect(code).toBe(0);
    expect(text).toMatch(/Runs in-flight 1 \/ 4 25%/);
    expect(text).toMatch(/Actions in-flight 25 \/ 50 50%/);
    expect(text).toMatch(/Queue depth 20 \/ 200 10%/);
  });

  test("an edited queue keeps what was not changed, its pool included", async () => {
    const world = await open();
    await world.given(PROD, "create cluster c1 --pool prod", `create queue q1 ${LIMITS} --cluster-pool prod`);
    const before = world.stored().queues.find(({ name }) => name === "q1")?.spec;
    const edit = [
      "s/^depth:.*/depth: 50/",
      "s/^priority:.*/priority: max/",
      "s/^fairness:.*/fairness: shuffle_interleave/",
    ];
    expect(await world.flyte("update queue q1 --edit", { edit })).toMatchObject({ code: 0 });
    const after = world.stored().queues.find(({ name }) => name === "q1")?.spec;
    expect(after).toEqual({ ...before, depth: 50, priority: "max", fairness: "shuffle_interleave" });
  });

  test("the queue of a cluster is an ordinary one: its selector can be edited", async () => {
    const world = await open();
    await world.given("create cluster c1", "create cluster c2");
    await world.flyte("update queue c1 --edit", { edit: ["s/^- c1/- c2/"] });
    expect(world.stored().queues[0]).toMatchObject({ name: "c1", spec: { clusters: ["c2"] } });
  });

  test("a queue that a deleted cluster left without a selector is pointed at another", async () => {
    const world = await open();
    await world.given("create cluster c1", "create cluster c2", "delete cluster c1 --yes");
    await world.flyte("update queue c1 --edit", { edit: ["s/^clusters: \\[\\]/clusters: [c2]/"] });
    expect(world.stored().queues[0]).toMatchObject({ name: "c1", spec: { clusters: ["c2"] } });
  });

  test("a queue whose editor is closed unsaved is not written", async () => {
    const world = await open();
    await world.given(`create queue q1 ${LIMITS}`);
    const writes = world.journal().length;
    const printed = await world.flyte("update queue q1 --edit", { edit: [] });
    expect(printed).toEqual({ code: 0, text: "Edit cancelled, queue not modified." });
    expect(world.journal().length).toBe(writes);
  });
});
