import { expect, test } from "vitest";
import { label } from "../commands/systems.ts";
import { FILES } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const STRANGERS = ["one", "three", "two"].map((workflow) => `team1/development/${workflow}`);
const OWN = "team1/development/mine";
const MANIFESTS = {
  ...FILES,
  [WIDE]: label("team1", "wide"),
  "execution-cluster-labels/mine.yaml": `${label("team1", "mine")}workflow: mine\n`,
  "execution-cluster-labels/kept.yaml": label("project1", "kept"),
};

function listLabels({ served }: DaemonWorld): readonly string[] {
  const rows = [...served.flyteadmin.state.attributes.values()];
  return rows.map((row) => [row.project, row.domain, row.workflow].filter((part) => part !== "").join("/")).sort();
}

/** A daemon that was ended between the delete of the domain's label, which took along those below, and the writes that put them back. */
async function openInterrupted() {
  const world = await openDaemonWorld(MANIFESTS);
  const start = (policy: Readonly<Record<string, unknown>>, more = {}) =>
    world.start({ policy, ...more, control_plane: { flyteadmin: { endpoint: world.served.url } } });
  const first = await start({ auto_apply: "all" });
  await first.untilApplied(world.first);
  await first.daemon.stop();
  for (const name of STRANGERS) {
    const row = { op: "create", kind: "attributes", name, object: { execution_cluster_label: { value: name } } };
    await world.post("/mutate", row);
  }
  const daemon = await start({ auto_apply: "update" });
  const pushed = await daemon.push({ [WIDE]: null });
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "held");
  await world.fault({ method: "UpdateWorkflowAttributes", code: "permission_denied", count: 1000 });
  expect((await daemon.approve()).status).toBe(201);
  await expect.poll(() => listLabels(world)).toEqual(["project1/development"]);
  await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "failed");
  return { world, start, daemon };
}

const CLOSED = { name: "night", kind: "deny", schedule: "* * * * *", duration: "5m" };
const MANY_GONE = Object.fromEntries(
  ["queues/any", "clusters/c1", "clusters/c2"].map((name) => [`${name}.yaml`, null]),
);

test.each([
  { name: "creations need an approval", policy: { auto_apply: "none" } },
  { name: "the window closes", policy: { windows: [CLOSED] } },
  { name: "the target is frozen", policy: { freeze: { reason: "end of year" } } },
  { name: "a newer commit fails a check", policy: { max_destroy_share: 0.1 }, pushed: MANY_GONE },
  { name: "what is changed outside is only reported", policy: {}, drift: { action: "report" } },
])("what an interrupted delete took along is put back though $name", async ({ policy, pushed = {}, ...more }) => {
  const { world, start, daemon } = await openInterrupted();
  await daemon.daemon.stop();
  await world.clearFaults();
  if (Object.keys(pushed).length > 0) world.repository.push(pushed);
  await start({ auto_apply: "update", ...policy }, more);
  await expect.poll(() => listLabels(world)).toEqual(["project1/development", OWN, ...STRANGERS].sort());
});

test("what an interrupted delete took along is put back though it is rejected meanwhile", async () => {
  const { world, daemon } = await openInterrupted();
  const { last_pass } = await daemon.target();
  await daemon.send("/rejections", { digest: last_pass?.digest, reason: "not now" });
  await world.clearFaults();
  await expect.poll(() => listLabels(world)).toEqual(["project1/development", OWN, ...STRANGERS].sort());
});
