import { expect, test } from "vitest";
import { label } from "../cli/systems.ts";
import { FILES, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const STRANGERS = ["one", "three", "two"].map((workflow) => `team1/development/${workflow}`);
const MANIFESTS = {
  ...FILES,
  [WIDE]: label("team1", "wide"),
  "execution-cluster-labels/kept.yaml": label("project1", "kept"),
};

function listLabels({ served }: DaemonWorld): readonly string[] {
  const rows = [...served.flyteadmin.state.attributes.values()];
  return rows.map((row) => [row.project, row.domain, row.workflow].filter((part) => part !== "").join("/")).sort();
}

/** A daemon whose delete of the domain's label took rows of strangers along and could not put them back. */
async function openInterrupted(held: "paused" | "drifted") {
  const world = await openDaemonWorld(MANIFESTS);
  const daemon = await world.start({
    policy: { auto_apply: "all" },
    drift: { action: "report" },
    control_plane: { flyteadmin: { endpoint: world.served.url } },
  });
  await daemon.untilApplied(world.first);
  for (const name of STRANGERS) {
    const row = { op: "create", kind: "attributes", name, object: { execution_cluster_label: { value: name } } };
    await world.post("/mutate", row);
  }
  if (held === "paused") await daemon.send("/targets/prod/pause", { address: "queue.any", reason: "incident" });
  else await openOtherHands(world).writer.updateQueue("any", { run_concurrency: 7 });
  await world.fault({ method: "UpdateWorkflowAttributes", code: "permission_denied", count: 1000 });
  const changed = held === "paused" ? { "queues/any.yaml": queue("any", 5) } : {};
  await daemon.push({ [WIDE]: null, ...changed });
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "failed");
  return { world, daemon };
}

test.each(["paused", "drifted"] as const)(
  "a row that was put back stays deleted when its owner deletes it, while another object is %s",
  async (held) => {
    const { world, daemon } = await openInterrupted(held);
    await world.clearFaults();
    await expect.poll(() => listLabels(world)).toEqual(["project1/development", ...STRANGERS]);
    await daemon.reconciled();
    const [first = "", ...others] = STRANGERS;
    await world.post("/mutate", { op: "delete", kind: "attributes", name: first, path: "execution_cluster_label" });
    await daemon.reconciled();
    await daemon.reconciled();
    expect(listLabels(world)).toEqual(["project1/development", ...others]);
  },
);

test("what somebody else registers is not taken for a registration that never arrived, while another object is paused", async () => {
  const world = await openDaemonWorld(FILES);
  const settings = { policy: { auto_apply: "all" }, control_plane: { write_timeout: "2s" } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await first.send("/targets/prod/pause", { address: "queue.any", reason: "incident" });
  // The connection is cut before anything is registered, and the daemon can't know.
  await world.fault({ method: "CreateCluster", drop: true, count: 100 });
  await first.push({ "clusters/c9.yaml": "name: c9\npool: pa\n", "queues/any.yaml": queue("any", 5) });
  await first.until(({ last_pass }) => last_pass?.outcome.kind === "failed");
  await first.daemon.stop();
  await world.clearFaults();
  const pushed = world.repository.push({ "clusters/c9.yaml": null });
  const daemon = await world.start(settings);
  // Until the write can't arrive any more, nothing is decided.
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind !== "cancelled");
  await daemon.reconciled();
  await openOtherHands(world).writer.registerCluster("c9", "pa");
  await daemon.reconciled();
  const { last_pass } = await daemon.reconciled();
  expect(last_pass?.outcome).toMatchObject({ kind: "held", held: [{ address: "queue.any" }] });
  expect(world.served.model.state.cluster.rows.get("c9")?.state).not.toBe("deleted");
});
