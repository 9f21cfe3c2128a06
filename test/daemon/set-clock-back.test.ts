import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("the plan to approve is shown though a plan from before the clock was set back has a later time", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  const moved = await daemon.push(MOVE);
  const { plan, last_pass } = await daemon.untilState("AwaitingApproval", moved);
  if (plan === null) throw new Error("there is no plan");
  const { records, close } = await openDatabase(join(world.folder, "data"));
  const hourAhead = new Date(Date.parse(plan.made_at) + 3_600_000).toISOString();
  await records.keepPlan({ ...plan, digest: "f".repeat(64), made_at: hourAhead });
  await close();
  expect((await daemon.target()).plan?.digest).toBe(last_pass?.digest);
  await daemon.approve();
  await daemon.untilApplied(moved);
});
