import { expect, test } from "vitest";
import { cluster } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess } from "./start-process.ts";

/** A write that was on its way is waited for. */
const QUICK = { control_plane: { write_timeout: "5s" } };

const orphaned = (itsPool: string) => `${cluster("c1", itsPool)}lifecycle: { on_remove: orphan }\n`;

/** A daemon that is killed once it has drained c1 for its move, and the commit that takes its manifest away. */
async function killOnTheWay(world: DaemonWorld, file: string): Promise<string> {
  const daemon = await startProcess(world, file);
  await daemon.untilApplied(world.repository.push({ "clusters/c1.yaml": orphaned("pa") }));
  const moving = await world.hold({ method: "UpdateCluster" });
  world.repository.push({ "clusters/c1.yaml": orphaned("pb") });
  await moving.arrived();
  daemon.kill("SIGKILL");
  await daemon.ended;
  expect(stateOf(world)).toBe("drained");
  return world.repository.push({ "clusters/c1.yaml": null });
}

const stateOf = ({ served }: DaemonWorld) => served.model.state.cluster.rows.get("c1")?.state;

test("a cluster that a killed process has drained for its move is put back into service before it is released", async () => {
  const world = await openDaemonWorld();
  const file = world.write({ ...QUICK, policy: { auto_apply: "all", max_destroy_share: 1 } });
  const removed = await killOnTheWay(world, file);
  const daemon = await startProcess(world, file);
  await daemon.untilState("Synced", removed);
  expect(stateOf(world)).toBe("active");
});

test("where nothing is pruned, it is shown as left behind until a manifest names it", async () => {
  const world = await openDaemonWorld();
  const file = world.write({ ...QUICK, policy: { auto_apply: "all", max_destroy_share: 1, prune: "none" } });
  await killOnTheWay(world, file);
  const daemon = await startProcess(world, file);
  const left = await daemon.until(({ status }) => status.reason === "LeftBehind");
  expect(left.status.message).toMatch(/^cluster\.c1: cluster c1 was drained .*no manifest names it/);
  expect(left.left_behind).toMatchObject([{ address: "cluster.c1" }]);
  const named = world.repository.push({ "clusters/c1.yaml": orphaned("pa") });
  const synced = await daemon.untilState("Synced", named);
  expect([synced.left_behind, stateOf(world)]).toEqual([[], "active"]);
});
