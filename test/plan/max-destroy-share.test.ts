import { expect, test } from "vitest";
import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { desiredCluster, desiredPool, desiredQueue } from "./arbitrary-desired.ts";
import { judgeInput, OPTIONS, openWorld, planWorld, readInput } from "./open-model.ts";
import { carryOut } from "./walk-plan.ts";

/** A pool with a cluster and so many queues. */
function folder(queues: number): Desired {
  return {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", "pa")],
    queues: Array.from({ length: queues }, (_, index) => desiredQueue(`q${index}`, "pa", ["*"])),
  };
}

/** What the check says of a plan that deletes 2 of 14 objects (14.3 %), by the share that its input allows. */
async function judge(rest: { max_destroy_share?: number }) {
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, folder(12)));
  const input = await readInput(world, folder(10), {
    allow: OPTIONS.allow.filter((name) => name !== "max-disruption-share"),
  });
  return judgeInput({ ...input, ...rest }).checks.find(({ name }) => name === "max-disruption-share");
}

test("a plan that disrupts less than 30 % passes where nothing else is said", async () => {
  expect((await judge({}))?.status).toBe("pass");
});

test("a plan that disrupts more than its input allows fails, and says how much that is", async () => {
  const check = await judge({ max_destroy_share: 0.125 });
  expect(check?.status).toBe("fail");
  expect(check?.message).toContain("2 of 14 managed objects (14.3 %)");
  expect(check?.message).toContain("the limit is 12.5 %, here 1 object");
});

test("a share of 1 lets everything through, and one of 0 nothing", async () => {
  expect((await judge({ max_destroy_share: 1 }))?.status).toBe("pass");
  expect((await judge({ max_destroy_share: 0 }))?.status).toBe("fail");
});

/** Whether a plan that deletes so many queues of a folder of so many objects passes. */
async function passes(deleted: number, total: number, rest: { max_destroy_share?: number } = {}): Promise<boolean> {
  const world = openWorld("2026-11");
  await carryOut(world, await planWorld(world, folder(total - 2)));
  const input = await readInput(world, folder(total - 2 - deleted), { allow: [] });
  return judgeInput({ ...input, ...rest }).applyable;
}

test.each([
  [1, 3, true],
  [2, 6, false],
  [2, 7, true],
  [3, 9, false],
  [3, 10, true],
  [4, 10, false],
])("of few objects one may always go, and then as many as the share has room for: %i of %i", async (...row) => {
  const [deleted, total, isFine] = row;
  expect(await passes(deleted, total)).toBe(isFine);
});

test("a share that is no round binary number lets through what it says", async () => {
  expect(await passes(29, 100, { max_destroy_share: 0.29 })).toBe(true);
  expect(await passes(30, 100, { max_destroy_share: 0.29 })).toBe(false);
});
