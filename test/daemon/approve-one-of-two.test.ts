import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** Two targets of one repository, which both wait with a plan of the same changes. */
async function openTwins() {
  const world = await openDaemonWorld();
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  const [prod] = JSON.parse(world.describe()).targets;
  const stage = { ...prod, name: "stage", control_plane: { ...prod.control_plane, endpoint: other.url } };
  const daemon = await world.start({ file: { targets: [prod, stage] } });
  for (const name of ["prod", "stage"]) await daemon.until((seen) => seen.applied_revision === world.first, name);
  const moved = await daemon.push(MOVE);
  for (const name of ["prod", "stage"]) {
    await daemon.until((seen) => seen.status.state === "AwaitingApproval" && seen.last_pass?.revision === moved, name);
  }
  const digest = (await daemon.target()).last_pass?.digest ?? "";
  return { world, daemon, moved, digest, poolOfStage: () => other.model.state.cluster.rows.get("c1")?.pool };
}

test("of two targets with the same changes the one whose digest is named is approved, and no other", async () => {
  const { world, daemon, moved, digest, poolOfStage } = await openTwins();
  const other = (await daemon.target("stage")).last_pass?.digest ?? "";
  expect(other).not.toBe(digest);
  const wrong = await daemon.send("/approvals", { digest, target: "stage" }, "approve");
  expect(wrong).toMatchObject({ status: 404 });
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(moved);
  expect([poolOfStage(), (await daemon.target("stage")).approvals]).toEqual(["pa", []]);
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.approve };
  expect(await runInProcess(["approve", other, "--yes"], env, world.folder)).toMatchObject({ code: 0 });
  await daemon.until((seen) => seen.applied_revision === moved, "stage");
  expect(poolOfStage()).toBe("pb");
});
