/** The attacker lets another FlyteClusters object have the files of one that is protected, paused, or whose change was rejected. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../src/model/plan/plan.ts";
import { editByHand, flyteClusters, label, openSystemsDesk, systems } from "../cli/systems.ts";
import { FILES, type Files } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";

const LABELS = {
  "execution-cluster-labels/team1.yaml": label("team1", "label1"),
  "execution-cluster-labels/project1.yaml": label("project1", "label1"),
};
const PROTECTED = "lifecycle: { prevent_destroy: true }\n";
const VALUES = "shared/values-override.yaml";

/** At one path, whatever its name, unless another one is given. */
function clustersAt(name: string, more = "", clusters = ["dp1", "dp2"], path = "shared"): string {
  return `${more}${flyteClusters(...clusters).replace("name: flyte", `name: ${name}\ndelivery:\n  path: ${path}`)}`;
}

async function openDesk(more: string) {
  const desk = await openSystemsDesk();
  const flags = [...systems(desk), "--store", "store"];
  desk.write({ "flyte-clusters/a.yaml": clustersAt("a", more), ...LABELS });
  expect(await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).toMatchObject({ code: 0 });
  rmSync(join(desk.repository, "flyte-clusters/a.yaml"));
  const readPlan = async () =>
    JSON.parse((await desk.run(["plan", desk.repository, "--json", ...flags])).stdout) as Plan;
  const apply = () => desk.run(["apply", desk.repository, "--auto-approve", ...flags]);
  return { ...desk, apply, readPlan, read: () => readFileSync(join(desk.output, VALUES), "utf8") };
}

test("a protected object keeps its files where another one is put in its place, until it is said that it is the same", async () => {
  const desk = await openDesk(PROTECTED);
  const before = desk.read();
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b") });
  const refused = await desk.apply();
  expect(refused.code).toBe(4);
  expect(refused.stdout).toMatch(/flyte_clusters\.a is protected.*previously: a/s);
  expect(desk.read()).toBe(before);
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b", `previously: a\n${PROTECTED}`) });
  expect(await desk.apply()).toMatchObject({ code: 0 });
  expect(desk.read()).toContain("flyte_clusters.b");
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b", PROTECTED) });
  expect((await desk.readPlan()).steps).toEqual([]);
});

test("files that all go to another path are a replacement: refused where they are protected, also in the commit that lifts that", async () => {
  const desk = await openDesk(PROTECTED);
  const before = desk.read();
  for (const more of [PROTECTED, ""]) {
    desk.write({ "flyte-clusters/a.yaml": clustersAt("a", more, ["dp1"], "elsewhere") });
    const { effects, summary } = await desk.readPlan();
    expect(effects).toContainEqual({ address: "flyte_clusters.a", grade: "all", disruption: "replace" });
    expect(summary).toMatchObject({ change: 0, replace: 1 });
    const refused = await desk.apply();
    expect(refused).toMatchObject({ code: 4, stdout: expect.stringContaining("flyte_clusters.a is protected") });
    expect(desk.read()).toBe(before);
  }
});

test("a plan says whose files another object takes over, who changed them, and forgets nobody before they are taken", async () => {
  const desk = await openDesk("");
  editByHand(desk.output, VALUES, `${desk.read()}# by hand\n`);
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b") });
  const { changes, notices, ownership } = await desk.readPlan();
  expect(changes).toEqual([
    expect.objectContaining({
      ...{ address: "flyte_clusters.b", previous_physical_name: "a", action: "replace", origin: "both" },
    }),
  ]);
  expect(notices.map(({ message }) => message).join()).toContain("takes over the files of flyte_clusters.a");
  expect(ownership).toMatchObject({ claim: [{ renamed_from: "flyte_clusters.a" }], release: [] });
  const { stdout } = await desk.apply();
  expect(stdout).toContain("in place of flyte_clusters.a");
  expect((await desk.readPlan()).ownership).toMatchObject({ claim: [], release: [] });
});

test("another object whose texts stand there already writes nothing, and needs no approval", async () => {
  const desk = await openDesk("");
  const store = join(desk.repository, "..", "store");
  cpSync(store, `${store}-before`, { recursive: true });
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b") });
  expect(await desk.apply()).toMatchObject({ code: 0 });
  rmSync(store, { recursive: true });
  cpSync(`${store}-before`, store, { recursive: true });
  expect(await desk.readPlan()).toMatchObject({ changes: [], steps: [], effects: [] });
});

test("a file of another one that was left at its path makes an update no replacement", async () => {
  const desk = await openDesk("");
  desk.write({
    "flyte-clusters/a.yaml": clustersAt("a", "", ["dp1"], "elsewhere"),
    "flyte-clusters/b.yaml": clustersAt("b", "", ["dp1"]),
  });
  const alone = ["--target", "flyte_clusters.b", "--auto-approve"];
  expect(await desk.run(["apply", desk.repository, ...alone, ...systems(desk), "--store", "store"])).toMatchObject({
    code: 0,
  });
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b") });
  const { effects } = await desk.readPlan();
  expect(effects).toContainEqual({ address: "flyte_clusters.b", grade: "update", disruption: "none" });
});

test("what somebody puts back by hand of an object whose place another one has is drift", async () => {
  const desk = await openDesk("");
  const former = desk.read();
  desk.write({
    "flyte-clusters/a.yaml": clustersAt("a", "", ["dp1", "dp2"], "elsewhere"),
    "flyte-clusters/b.yaml": clustersAt("b"),
  });
  const alone = ["--target", "flyte_clusters.b", "--auto-approve"];
  expect(await desk.run(["apply", desk.repository, ...alone, ...systems(desk), "--store", "store"])).toMatchObject({
    code: 0,
  });
  editByHand(desk.output, VALUES, former);
  const { changes } = await desk.readPlan();
  expect(changes.find(({ address }) => address === "flyte_clusters.b")).toMatchObject({ origin: "drift" });
});

test("what an apply of one object alone has written over another's files is no change from outside where both go back", async () => {
  const desk = await openSystemsDesk();
  const flags = [...systems(desk), "--store", "store"];
  const two = {
    "flyte-clusters/a.yaml": clustersAt("a"),
    "flyte-clusters/c.yaml": clustersAt("c", "", ["dp1"], "other"),
  };
  desk.write({ ...two, ...LABELS });
  expect(await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).toMatchObject({ code: 0 });
  rmSync(join(desk.repository, "flyte-clusters/a.yaml"));
  desk.write({ "flyte-clusters/c.yaml": clustersAt("c", "", ["dp1"]) });
  const alone = ["--target", "flyte_clusters.c", "--auto-approve"];
  expect(await desk.run(["apply", desk.repository, ...alone, ...flags])).toMatchObject({ code: 0 });
  desk.write(two);
  const { stdout } = await desk.run(["plan", desk.repository, "--json", ...flags]);
  const { changes } = JSON.parse(stdout) as Plan;
  expect(changes.map(({ address, origin }) => [address, origin])).toEqual([
    ["flyte_clusters.a", "commit"],
    ["flyte_clusters.c", "commit"],
  ]);
});

async function openWorld() {
  const world = await openDaemonWorld({ ...FILES, ...LABELS, "flyte-clusters/a.yaml": clustersAt("a") });
  const deliver = join(world.folder, "output");
  mkdirSync(deliver);
  const control_plane = { flyteadmin: { endpoint: world.served.url }, deliver };
  const list = () =>
    readdirSync(deliver, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  return { ...world, control_plane, list, read: () => readFileSync(join(deliver, VALUES), "utf8") };
}

const TAKEN: readonly (readonly [string, readonly Files[]])[] = [
  [
    "renamed",
    [{ "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n", ["dp9"]) }],
  ],
  [
    "renamed, and its name dropped by the next commit",
    [
      { "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n") },
      { "flyte-clusters/b.yaml": clustersAt("b", "", ["dp9"]) },
    ],
  ],
  ["replaced", [{ "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "", ["dp9"]) }]],
  [
    "moved away for another one",
    [
      {
        "flyte-clusters/a.yaml": clustersAt("a", "", ["dp1", "dp2"], "elsewhere"),
        "flyte-clusters/b.yaml": clustersAt("b", "", ["dp9"]),
      },
    ],
  ],
];

const ASKED = ["dp1", "dp9"];
const AGAIN: readonly (readonly [string, readonly Files[]])[] = [
  [
    "another name",
    [{ "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n", ASKED) }],
  ],
  [
    "another name, and another path",
    [
      {
        "flyte-clusters/a.yaml": null,
        "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n", ASKED, "elsewhere"),
      },
    ],
  ],
  ["its own name, and another path", [{ "flyte-clusters/a.yaml": clustersAt("a", "", ASKED, "elsewhere") }]],
  [
    "the name of another object",
    [{ "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "", ASKED) }],
  ],
  [
    "another name that it has by then",
    [
      { "flyte-clusters/a.yaml": null, "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n") },
      { "flyte-clusters/b.yaml": clustersAt("b", "", ASKED) },
    ],
  ],
];

test.each(AGAIN)("a change of delivered files that was rejected is so under %s", async (_how, commits) => {
  const world = await openWorld();
  const { control_plane } = world;
  const first = await world.start({ policy: { auto_apply: "all" }, control_plane });
  await first.untilApplied(world.first);
  await first.daemon.stop();
  const daemon = await world.start({ policy: { auto_apply: "none" }, control_plane });
  const asked = await daemon.push({ "flyte-clusters/a.yaml": clustersAt("a", "", ASKED) });
  const { last_pass } = await daemon.untilState("AwaitingApproval", asked);
  await daemon.send("/rejections", { digest: last_pass?.digest, reason: "no dp9" }, "approve");
  await daemon.untilApplied(await daemon.push({ "flyte-clusters/a.yaml": clustersAt("a") }));
  for (const [index, files] of commits.entries()) {
    const pushed = await daemon.push(files);
    const { status } = await daemon.untilState("AwaitingApproval", pushed);
    if (index === commits.length - 1) expect(status.reason).toBe("Rejected");
    else expect((await daemon.approve([])).status).toBe(201);
    if (index < commits.length - 1) await daemon.untilApplied(pushed);
  }
});

test.each(TAKEN)("the files of an object that is paused stay as they are where it is %s", async (_how, commits) => {
  const world = await openWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" }, control_plane: world.control_plane });
  await daemon.untilApplied(world.first);
  const before = world.read();
  await daemon.send("/targets/prod/pause", { address: "flyte_clusters.a", reason: "incident" });
  for (const files of commits) {
    const pushed = await daemon.push(files);
    const { status } = await daemon.untilState("Paused", pushed);
    expect(status.message).toMatch(/flyte_clusters\.a was paused by operate \(incident\)/);
  }
  expect(world.read()).toBe(before);
});

test("files whose place another object was to take go with their own one, where that other one stays where it was", async () => {
  const two = (a: string, b: string) => ({
    "flyte-clusters/a.yaml": clustersAt("a", "", ["dp1", "dp2"], a),
    "flyte-clusters/b.yaml": clustersAt("b", "", ["dp1", "dp2"], b),
  });
  const world = await openDaemonWorld({ ...FILES, ...two("pa", "pb") });
  const deliver = join(world.folder, "output");
  mkdirSync(deliver);
  const daemon = await world.start({ policy: { auto_apply: "all" }, control_plane: { deliver } });
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { address: "flyte_clusters.a", reason: "incident" });
  await daemon.untilState("Paused", await daemon.push(two("pb", "pc")));
  expect(readdirSync(deliver).sort()).toEqual(["pa", "pb", "pc"]);
  // Somebody thinks better of it.
  await daemon.untilApplied(await daemon.push(two("pa", "pc")));
  const files = readdirSync(deliver, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect([...new Set(files.map(({ parentPath }) => basename(parentPath)))].sort()).toEqual(["pa", "pc"]);
});

const REMAINS: readonly (readonly [string, Files])[] = [
  ["replaced by one with fewer files", { "flyte-clusters/b.yaml": clustersAt("b", "", ["dp1"]) }],
  ["renamed and moved", { "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n", ["dp1", "dp2"], "elsewhere") }],
  ["renamed, with fewer clusters", { "flyte-clusters/b.yaml": clustersAt("b", "previously: a\n", ["dp1"]) }],
];

test.each(REMAINS)(
  "what is left of the files of an object that is %s waits for its approval, and is gone then",
  async (_how, files) => {
    const world = await openWorld();
    const daemon = await world.start({ policy: { auto_apply: "update" }, control_plane: world.control_plane });
    await daemon.untilApplied(world.first);
    const pushed = await daemon.push({ "flyte-clusters/a.yaml": null, ...files });
    await daemon.untilState("AwaitingApproval", pushed);
    // Whatever was held is held by the next pass as well.
    await daemon.send("/targets/prod/reconcile", {});
    const { audit } = await daemon.target();
    const asked = audit.find(({ action }) => action === "reconcile")?.at ?? "";
    const { status } = await daemon.until(({ last_pass }) => asked !== "" && (last_pass?.started_at ?? "") >= asked);
    expect(status.message).toContain("flyte_clusters.a");
    expect((await daemon.approve([])).status).toBe(201);
    await daemon.untilApplied(pushed);
    expect(world.list().filter((text) => text.includes("flyte_clusters.a;"))).toEqual([]);
  },
);

const TAKERS: readonly (readonly [string, Files])[] = [
  ...REMAINS.map(([how, files]) => [how, { "flyte-clusters/a.yaml": null, ...files }] as const),
  ["left to one that had files elsewhere", { "flyte-clusters/a.yaml": null, "flyte-clusters/c.yaml": clustersAt("c") }],
  [
    "in the place of another one, which is in its own",
    {
      "flyte-clusters/a.yaml": clustersAt("a", "", ["dp1", "dp2"], "other"),
      "flyte-clusters/c.yaml": clustersAt("c", "", ["dp1"]),
    },
  ],
];

test.each(TAKERS)(
  "a revert leads back before the approval of the commit by which an object is %s",
  async (_how, files) => {
    const c = { "flyte-clusters/c.yaml": clustersAt("c", "", ["dp1"], "other") };
    const world = await openDaemonWorld({ ...FILES, "flyte-clusters/a.yaml": clustersAt("a"), ...c });
    const deliver = join(world.folder, "output");
    mkdirSync(deliver);
    const daemon = await world.start({ policy: { auto_apply: "update" }, control_plane: { deliver } });
    await daemon.untilApplied(world.first);
    const list = () =>
      readdirSync(deliver, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => [join(basename(parentPath), name), readFileSync(join(parentPath, name), "utf8")])
        .sort();
    const before = list();
    await daemon.untilState("AwaitingApproval", await daemon.push(files));
    const back = Object.fromEntries(Object.keys(files).map((path) => [path, null]));
    const reverted = await daemon.push({ ...back, "flyte-clusters/a.yaml": clustersAt("a"), ...c });
    const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === reverted);
    expect(status.message).not.toContain("Changed outside");
    if (status.state === "AwaitingApproval") await daemon.approve([]);
    await daemon.untilApplied(reverted);
    expect(list()).toEqual(before);
  },
);
