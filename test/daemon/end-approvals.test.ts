import { expect, test } from "vitest";
import { MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { moveByHand } from "./open-other-hands.ts";

test("an approval ends unused when someone else has done by hand what it was given for", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", until: new Date(Date.now() + 3_600_000).toISOString() });
  const moved = await daemon.push(MOVE);
  await daemon.untilState("Paused", moved);
  expect((await daemon.approve()).status).toBe(201);
  await moveByHand(world, "c1", "pb");
  await daemon.send("/targets/prod/resume", {});
  await daemon.untilApplied(moved);
  await daemon.until(({ approvals }) => approvals.length === 0);
});
