import { expect, test } from "vitest";
import { label } from "../cli/systems.ts";
import { FILES } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const MINE = "execution-cluster-labels/mine.yaml";
const STRANGERS = ["one", "three", "two"].map((workflow) => `team1/development/${workflow}`);
const OWN = "team1/development/mine";
const MANIFESTS = {
  ...FILES,
  [WIDE]: label("team1", "wide"),
  [MINE]: `${label("team1", "mine")}workflow: mine\n`,
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

const WRITTEN_BACK = ["project1/development", OWN, ...STRANGERS].sort();
const SETTINGS = "settings/org.yaml";
const NO_CHANGES = {
  name: "nothing",
  when: "plan.changes.size() > 0",
  message: "Nothing may change.",
  severity: "fail",
};
const OTHERS = Object.fromEntries(
  ["x", "y", "z"].map((name) => [
    `execution-cluster-labels/${name}.yaml`,
    label(`project1`, name).concat(`workflow: ${name}\n`),
  ]),
);
const GONE = Object.fromEntries(Object.keys(MANIFESTS).map((path) => [path, null]));

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
  { name: "no manifest is left", policy: {}, pushed: GONE },
  { name: "the folder looks like another one's", policy: {}, pushed: { ...GONE, ...OTHERS } },
  { name: "a rule lets nothing through", policy: { rules: [NO_CHANGES] } },
  {
    name: "settings can't be read",
    policy: {},
    pushed: { [SETTINGS]: "settings: { run.default_queue: any }\n" },
    hidden: "GetSettingsForEdit",
  },
])("what an interrupted delete took along is put back though $name", async (how) => {
  const { policy, pushed = {}, hidden, ...more } = { hidden: undefined, ...how };
  const { world, start, daemon } = await openInterrupted();
  await daemon.daemon.stop();
  await world.clearFaults();
  if (hidden !== undefined) await world.fault({ method: hidden, code: "permission_denied", count: 100_000 });
  const commit = Object.keys(pushed).length > 0 ? world.repository.push(pushed) : null;
  const { until } = await start({ auto_apply: "update", ...policy }, more);
  await expect.poll(() => listLabels(world)).toEqual(WRITTEN_BACK);
  if (commit === null) return;
  // Nothing else of it ran, and nobody takes it for carried out.
  const { applied_revision } = await until(
    ({ last_pass }) => last_pass?.revision === commit && last_pass.outcome.kind === "blocked",
  );
  expect(applied_revision).not.toBe(commit);
});

function labelOf({ served }: DaemonWorld, name: string): string {
  const rows = [...served.flyteadmin.state.attributes.values()];
  const row = rows.find(({ project, domain, workflow }) => [project, domain, workflow].join("/") === name);
  return JSON.stringify(row?.attributes.execution_cluster_label);
}

test("a row that an interrupted delete took along is back before its delete by a later commit is approved", async () => {
  const { world, start, daemon } = await openInterrupted();
  await daemon.daemon.stop();
  await world.clearFaults();
  const pushed = world.repository.push({ [MINE]: null });
  const { until } = await start({ auto_apply: "update" });
  const { last_pass } = await until(({ last_pass: last }) => last?.revision === pushed && last.outcome.kind === "held");
  expect(last_pass?.outcome).toMatchObject({
    held: [{ address: `execution_cluster_label.${OWN}`, reason: "approval" }],
  });
  expect(labelOf(world, OWN)).toContain("mine");
});

test("a row that an interrupted delete took along is back as it was before a later commit's change is approved", async () => {
  const { world, start, daemon } = await openInterrupted();
  await daemon.daemon.stop();
  await world.clearFaults();
  const pushed = world.repository.push({ [MINE]: `${label("team1", "other")}workflow: mine\n` });
  const again = await start({ auto_apply: "none" });
  await expect.poll(() => listLabels(world)).toEqual(WRITTEN_BACK);
  expect(labelOf(world, OWN)).toContain("mine");
  await again.daemon.stop();
  const { until } = await start({ auto_apply: "update" });
  await until(({ applied_revision }) => applied_revision === pushed);
  expect(labelOf(world, OWN)).toContain("other");
});

test("what an interrupted delete took along is put back though it is rejected meanwhile", async () => {
  const { world, daemon } = await openInterrupted();
  const { last_pass } = await daemon.target();
  await daemon.send("/rejections", { digest: last_pass?.digest, reason: "not now" });
  await world.clearFaults();
  await expect.poll(() => listLabels(world)).toEqual(WRITTEN_BACK);
});
