/** What leads runs to other clusters waits where the rows or settings are held that were to go along. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flyteClusters, label } from "../cli/systems.ts";
import { openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";

/** The addresses that the last pass of a revision holds, once it has held some. */
async function untilHeld(daemon: Pick<RunningDaemon, "until">, revision: string): Promise<readonly string[]> {
  const { last_pass } = await daemon.until(
    ({ last_pass: last, status }) =>
      last?.revision === revision && last.outcome.kind === "held" && status.state === "Paused",
  );
  const outcome = last_pass?.outcome;
  return outcome?.kind === "held" ? outcome.held.map(({ address }) => address).sort() : [];
}

test("files that drop the label of a row and bring its next one are not delivered while that row is paused", async () => {
  const [ROW, LABELS] = ["execution-cluster-labels/team1.yaml", "flyte-clusters/flyte.yaml"];
  const world = await openDaemonWorld({
    [ROW]: label("team1", "label1"),
    [LABELS]: flyteClusters("dp1", "dp2").replace("label1:", "label9: [{ id: dp1, weight: 1 }]\n      label1:"),
  });
  mkdirSync(join(world.folder, "out"));
  const delivered = () =>
    /label[12]/.exec(readFileSync(join(world.folder, "out/flyte/values-override.yaml"), "utf8"))?.[0];
  const daemon = await world.start({
    policy: { auto_apply: "all" },
    control_plane: { flyteadmin: { endpoint: world.served.url }, deliver: join(world.folder, "out") },
  });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "try", address: "execution_cluster_label.team1/development" });
  const revision = await daemon.push({
    [ROW]: label("team1", "label2"),
    [LABELS]: flyteClusters("dp1", "dp2").replace("label1:", "label2:"),
  });
  expect(await untilHeld(daemon, revision)).toEqual([
    "execution_cluster_label.team1/development",
    "flyte_clusters.flyte",
  ]);
  expect(delivered()).toBe("label1");
  await daemon.send("/targets/prod/resume", { address: "execution_cluster_label.team1/development" });
  await daemon.untilApplied(revision);
  expect(delivered()).toBe("label2");
});
