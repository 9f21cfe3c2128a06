/**
 * The attacker may merge manifests of one target. What was applied of them is read again with each later plan of that target, by the process
 * that serves all targets.
 */
import { expect, test } from "vitest";
import { flyteClusters } from "../cli/systems.ts";
import { FILES } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { countSteps } from "./count-steps.ts";

const SECRETS = Array.from({ length: 600 }, (_, index) => `  password${index}: mark-0123456789-${index}\n`);
const PARSER = /\/src\/yaml\/read-nodes\./;

test("large files with sealed values that were applied are not parsed by the daemon itself", async () => {
  const values = `${flyteClusters("dp1")}db:\n${SECRETS.join("")}`;
  const world = await openDaemonWorld({ ...FILES, "flyte-clusters/flyte.yaml": values });
  const daemon = await world.start({ control_plane: { deliver: "./out" } });
  await daemon.untilApplied(world.first);
  const before = (await daemon.target()).last_pass?.id;
  const steps = await countSteps(async () => {
    await daemon.send("/targets/prod/reconcile", {});
    await daemon.until(({ last_pass }) => last_pass?.id !== before && last_pass?.outcome.kind === "synced");
  }, PARSER);
  expect(steps).toBe(0);
});
