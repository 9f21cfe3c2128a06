import { expect, test } from "vitest";
import { FILES, MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const TARGET = "poolkeeper.target.yaml";

test("a folder that names another target is refused as a whole, and applied once it names this one", async () => {
  const world = await openDaemonWorld({ ...FILES, [TARGET]: "targets: [prod]\n" });
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const pushed = await daemon.push({ ...MOVE, [TARGET]: "targets: [staging]\n" });
  const { status } = await daemon.untilState("Invalid", pushed);
  expect(status.message).toMatch(/This folder is for target "staging", but was read for target "prod"/);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  await daemon.untilApplied(await daemon.push({ [TARGET]: "targets: [staging, prod]\n" }));
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
});
