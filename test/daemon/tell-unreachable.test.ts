import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const EVENTS = ["queue_unreachable", "recovered"];

test("work that waits in a queue without a cluster is over once none waits there, and neither by unknown metrics nor by the queue's drain", async () => {
  const receiver = await openReceiver();
  const world = await openDaemonWorld();
  Object.assign(world.env, { ALERT_URL: receiver.url });
  const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events: EVENTS }];
  const daemon = await world.start({ policy: { auto_apply: "all" }, file: { notifications } });
  await daemon.untilApplied(world.first);
  const depth = (waiting: number) => world.post("/inflight", { queue: "any", runs: 0, actions: 0, depth: waiting });
  await depth(6);
  const [found] = (await daemon.until(({ unreachable }) => unreachable.length > 0)).unreachable;
  expect(found).toMatchObject({ queue: "any", waiting: 6 });
  expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain(
    'poolkeeper_unreachable_queues{target="prod"} 1',
  );

  await world.fault({ method: "WatchQueueMetrics", code: "permission_denied", count: 1000 });
  expect((await daemon.reconciled()).unreachable).toEqual([found]);
  await world.clearFaults();
  await depth(7);
  await daemon.until(({ unreachable }) => unreachable[0]?.waiting === 7);
  expect((await daemon.target()).unreachable).toMatchObject([{ since: found?.since }]);

  const commit = await daemon.push({ "queues/any.yaml": null });
  expect((await daemon.untilState("Waiting", commit)).unreachable).toMatchObject([{ since: found?.since, waiting: 7 }]);
  expect((await daemon.reconciled()).unreachable).toMatchObject([{ since: found?.since, waiting: 7 }]);
  await depth(0);
  await daemon.untilApplied(commit);
  const told = () => receiver.received.map(({ body }) => JSON.parse(body));
  await waitFor(
    () => told().some(({ event }) => event === "recovered"),
    () => JSON.stringify(told()),
  );
  expect(told()).toMatchObject([
    { event: "queue_unreachable", details: { queue: "any", waiting: 6 } },
    { event: "recovered", details: { alarm: "queue_unreachable", subject: "any" } },
  ]);
});
