/**
 * The attacker is an author whose updates need no approval, and whose drains do: they leave a queue in service and take from it what every
 * task needs, so that its work stands still as if it were drained.
 */
import { expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { type ServedWorld, serveWorld } from "../apply/serve-world.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";

type Caps = Readonly<Record<string, string>>;

/** c1 with its own queue, and a queue with these caps. */
function want(max_resources: Caps, { own = {}, state = "active" as "active" | "drained" } = {}): Desired {
  const queue = desiredQueue("any", "pa", ["*"], { state, declared: ["max_resources"] });
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", "pa", { queue: { max_resources: own } })],
    queues: [{ ...queue, spec: { ...queue.spec, max_resources } }],
  };
}

async function check(world: ServedWorld, desired: Desired) {
  const { checks, applyable } = await world.plan(desired);
  const { status, addresses, message } = checks.find(({ name }) => name === "black-hole") ?? {};
  return { status, addresses, message, applyable };
}

const FAILS = { status: "fail", applyable: false };
const PASSES = { status: "pass", addresses: [], applyable: true };

test.each([
  ...[{ cpu: "0" }, { cpu: "0m", ephemeral_storage: "1Gi" }, { memory: "0.0Gi" }, { cpu: "0", memory: "0" }],
  // Less than anything that can be requested: a thousandth of a CPU, a byte.
  ...[{ cpu: "1n" }, { cpu: "999u" }, { cpu: "0.0009" }, { memory: "512m" }, { memory: "1n" }, { cpu: "1e-4" }],
])("a queue that comes to allow %j routes nowhere, and is made so by nobody unseen", async (caps: Caps) => {
  const world = await serveWorld("2026-11");
  expect(await check(world, want(caps))).toMatchObject({
    ...FAILS,
    addresses: expect.arrayContaining(["queue.any"]),
  });
  await world.converge(want({ cpu: "8" }));
  const found = await check(world, want(caps));
  expect(found).toMatchObject({ ...FAILS, addresses: ["queue.any"] });
  expect(found.message).toMatch(/^Queue any would start no work: max_resources\.(cpu|memory)/);
  expect(await check(world, want({ cpu: "8" }, { own: caps }))).toMatchObject({
    ...FAILS,
    addresses: ["cluster.c1"],
  });
});

test("one that is drained already comes back only with what its work needs", async () => {
  const world = await serveWorld("2026-11");
  await world.converge(want({ cpu: "8" }, { state: "drained" }));
  expect(await check(world, want({ cpu: "0" }, { state: "drained" }))).toMatchObject(PASSES);
  await world.converge(want({ cpu: "0" }, { state: "drained" }));
  expect(await check(world, want({ cpu: "0" }))).toMatchObject({ ...FAILS, addresses: ["queue.any"] });
  expect(await check(world, want({ cpu: "1" }))).toMatchObject(PASSES);
});

test.each([{ cpu: "1m" }, { cpu: "0.001" }, { memory: "1" }, { memory: "1000m" }])(
  "a queue whose least task still fits in %j passes",
  async (caps: Caps) => {
    const world = await serveWorld("2026-11");
    await world.converge(want({ cpu: "8" }));
    expect(await check(world, want(caps))).toMatchObject(PASSES);
  },
);

test("a depth of 0 is no limit, and takes no work from a queue", async () => {
  const world = await serveWorld("2026-11");
  await world.converge(want({ cpu: "8" }));
  const { queues, ...desired } = want({ cpu: "8" });
  const endless = queues.map((queue) => ({
    ...queue,
    declared: [...queue.declared, "depth" as const],
    spec: { ...queue.spec, depth: 0 },
  }));
  expect(await check(world, { ...desired, queues: endless })).toMatchObject(PASSES);
});

test("what only some tasks need may be forbidden, and what took nothing before holds nothing else back", async () => {
  const world = await serveWorld("2026-11");
  await world.converge(want({ cpu: "8" }));
  expect(await check(world, want({ cpu: "8", ephemeral_storage: "0" }))).toMatchObject(PASSES);
  await world.converge(want({ cpu: "0" }), { allow: ["black-hole", "max-disruption-share"] });
  expect(await check(world, want({ cpu: "0", memory: "1Gi" }))).toMatchObject(PASSES);
});
