import { expect, test } from "vitest";
import { cluster } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

test("a name that goes to another object after a kill in the rename's rollout leaves the registration to the object that was renamed", async () => {
  const world = await openDaemonWorld();
  const file = world.write({
    policy: { auto_apply: "all", max_destroy_share: 1 },
    control_plane: { write_timeout: "2s" },
  });
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.first);
  const draining = await world.hold({ method: "UpdateClusterState", answer: true });
  world.repository.push({ "clusters/c1.yaml": null, "clusters/edge.yaml": `${cluster("edge", "pb")}previously: c1\n` });
  await draining.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  await draining.release();
  const renamed = world.repository.push({
    "clusters/edge.yaml": cluster("edge", "pb"),
    "clusters/c1.yaml": cluster("c1", "pa"),
  });
  const next = await startProcess(world, file);
  await next.untilApplied(renamed);
  const rows = [...world.served.model.state.cluster.rows.values()].map(({ name, state, pool }) => [name, state, pool]);
  expect(rows.sort()).toEqual([
    ["c1", "active", "pb"],
    ["c1-pa", "active", "pa"],
    ["c2", "active", "pa"],
    ["c3", "active", "pb"],
  ]);
});
