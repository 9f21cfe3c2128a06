/** The attacker may merge what runs unasked, and renames what is protected in the same commit that drops its protection. */
import { expect, test } from "vitest";
import { label } from "../cli/systems.ts";
import { FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";

const PROTECTED = "lifecycle: { prevent_destroy: true }\n";
const PIN = queue("pin", 1, ["c3"]).replace("cluster_pool: pa", "cluster_pool: pb");

test.each([
  ["cluster", { "clusters/c1.yaml": "name: c1\npool: pb\n" }],
  ["renamed cluster", { "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" }],
  ["queue", { "queues/pin.yaml": PIN }],
  ["renamed queue", { "queues/pin.yaml": PIN.replace("name: pin\n", "name: pin-eu\npreviously: pin\n") }],
])("a protected %s is replaced by no commit that drops its protection", async (_what, files) => {
  const kept = {
    "clusters/c1.yaml": `name: c1\npool: pa\n${PROTECTED}`,
    "queues/pin.yaml": `${queue("pin", 1, ["c2"])}${PROTECTED}`,
  };
  const world = await openDaemonWorld({ ...FILES, ...kept }, "2026-07");
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const rows = () => JSON.stringify([...world.served.model.state.cluster.rows, ...world.served.model.state.queue.rows]);
  const before = rows();
  const pushed = await daemon.push(files);
  const { status } = await daemon.untilState("Failed", pushed);
  expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining("prevent_destroy") });
  expect(rows()).toBe(before);
});

test("a protected row is not deleted with the wider one either, though it would be written back", async () => {
  const wide = "execution-cluster-labels/wide.yaml";
  const mine = `${label("team1", "mine")}workflow: mine\n${PROTECTED}`;
  const files = { [wide]: label("team1", "wide"), "execution-cluster-labels/mine.yaml": mine };
  const world = await openDaemonWorld({ ...FILES, ...files });
  const control_plane = { flyteadmin: { endpoint: world.served.url } };
  const daemon = await world.start({ policy: { auto_apply: "all" }, control_plane });
  await daemon.untilApplied(world.first);
  const rows = () => JSON.stringify([...world.served.flyteadmin.state.attributes.values()]);
  const before = rows();
  const pushed = await daemon.push({ [wide]: null });
  const { status } = await daemon.untilState("Failed", pushed);
  expect(status).toMatchObject({ reason: "CheckFailed", message: expect.stringContaining("team1/development/mine") });
  expect(rows()).toBe(before);
  // The commit that drops the protection is not the one that deletes.
  const bare = { "execution-cluster-labels/mine.yaml": mine.replace(PROTECTED, "") };
  await daemon.untilState("Failed", await daemon.push(bare));
  await daemon.untilApplied(await daemon.push({ [wide]: files[wide] ?? null }));
  await daemon.untilApplied(await daemon.push({ [wide]: null }));
  expect(rows()).toContain("mine");
  expect(rows()).not.toContain("wide");
});
