import { describe, expect, test } from "vitest";
import { connectionArguments } from "../set-up/real-client.ts";
import { startInTerminal } from "../set-up/start-in-terminal.ts";
import { ORG, useRealClient } from "./open-world.ts";

const QUEUE = "--run-concurrency 4 --action-concurrency 50 --depth 200";

describe.each(["2026-07", "2026-11"] as const)("watching queues with the client of %s", (generation) => {
  const open = useRealClient(generation);

  test("one queue's work in flight is drawn at once and again when it changes", async () => {
    const world = await open();
    await world.given(`create queue q1 ${QUEUE}`, ["/inflight", { queue: "q1", runs: 1, actions: 25, depth: 20 }]);
    const place = connectionArguments(world.served.url, ORG);
    const watch = startInTerminal(generation, [...place, "get", "queue", "q1", "--watch"]);
    await watch.waitFor(/Runs in-flight 1 \/ 4 25%/);
    await watch.waitFor(/Actions in-flight 25 \/ 50 50%/);
    await watch.waitFor(/Queue depth 20 \/ 200 10%/);
    await world.given(["/inflight", { queue: "q1", runs: 3, actions: 25, depth: 20 }]);
    await watch.waitFor(/Runs in-flight 3 \/ 4 75%/);
    expect(await watch.interrupt()).toBe(0);
  });
});

describe("the dashboard of queues with the client of 2026-11", () => {
  const open = useRealClient("2026-11");

  test("every live queue is drawn with its pool and its work, those of one pool with --pool", async () => {
    const world = await open();
    await world.given("create cluster-pool prod --file prod.yaml", `create queue q1 ${QUEUE} --cluster-pool prod`);
    await world.given(`create queue q2 ${QUEUE} --max-resources cpu=8`, [
      "/inflight",
      { queue: "q1", runs: 3, actions: 7 },
    ]);
    const place = connectionArguments(world.served.url, ORG);
    const all = startInTerminal("2026-11", [...place, "get", "queue", "--watch"]);
    const ofPool = startInTerminal("2026-11", [...place, "get", "queue", "--watch", "--pool", "prod"]);
    await all.waitFor(/prod q1 strict_fifo — — — 3 7 /);
    await all.waitFor(/default q2 strict_fifo/);
    await ofPool.waitFor(/prod q1 strict_fifo[\s\S]*1 queue\(s\)/);
    expect(await Promise.all([all.interrupt(), ofPool.interrupt()])).toEqual([0, 0]);
  });
});
