import { expect, test } from "vitest";
import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import { NOTHING_DESIRED } from "../../../src/model/objects/desired.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { boundUnreachable, findUnreachable, MOST_UNREACHABLE } from "../../../src/reconcile/pass/find-unreachable.ts";
import { makeFacts, makeState, minutesAgo } from "../../daemon/notify/make-state.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../../plan/arbitrary-desired.ts";
import { openWorld, planWorld } from "../../plan/open-model.ts";
import { carryOut } from "../../plan/walk-plan.ts";

const find = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ queue: `q${from + index}`, waiting: 1, reason: "it selects none" }));

test("of very many queues without a cluster a thousand stay on record, the known ones first, and the number of all others", () => {
  const [then, now] = [minutesAgo(9), minutesAgo(0)];
  const first = boundUnreachable(find(2), [], then);
  expect(first).toEqual({ unreachable: find(2).map((work) => ({ ...work, since: then })) });
  const crowd = boundUnreachable([...find(5_000, 2), ...find(2)], first.unreachable, now);
  expect(crowd.unreachable.slice(0, 3).map(({ queue, since }) => [queue, since])).toEqual([
    ["q0", then],
    ["q1", then],
    ["q2", now],
  ]);
  expect([crowd.unreachable.length, crowd.unreachable_more]).toEqual([MOST_UNREACHABLE, 5_002 - MOST_UNREACHABLE]);
  const state = makeState("Synced", { kind: "synced" }, crowd);
  const { events } = findEvents(state, state, makeFacts({ unreachable: crowd.unreachable }));
  expect(events).toHaveLength(101);
  expect(events.at(-1)).toMatchObject({ queue: "", more: 4_902 });
});

test("work that waits for a disabled cluster waits for one in service, not for its health", async () => {
  const world = openWorld("2026-11");
  const [pools, clusters] = [[desiredPool("pa")], [desiredCluster("c1", "pa")]];
  await carryOut(
    world,
    await planWorld(world, { ...NOTHING_DESIRED, pools, clusters, queues: [desiredQueue("q1", "pa", ["*"])] }),
  );
  const { model, reader } = world;
  const [cluster, now] = [model.state.cluster.rows.get("c1"), model.now()];
  if (cluster === undefined) throw new Error("the cluster is not there");
  const work = {
    queue: "q1",
    cluster: "c1",
    runs: 0,
    actions: 0,
    depth: 3,
    peak: { runs: 0, actions: 0, depth: 3 },
    since: now,
  };
  model.commit([
    { table: "cluster", key: "c1", record: { ...cluster, enabled: false } },
    { table: "work", key: "q1/c1", record: work },
  ]);
  expect(await findUnreachable(reader, await readLive(reader), [])).toEqual([
    { queue: "q1", waiting: 3, reason: "none of its selected clusters is in service" },
  ]);
});
