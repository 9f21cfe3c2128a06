/** The attacker renames an object, or puts another one in its place, so that what was sensitive of it is so no more. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flyteClusters, label, openSystemsDesk, systems } from "../cli/systems.ts";
import { FILES } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";

const SECRET = "swordfish-4711";
const LABELS = {
  "execution-cluster-labels/team1.yaml": label("team1", "label1"),
  "execution-cluster-labels/project1.yaml": label("project1", "label1"),
};

function clustersAt(name: string, more: string): string {
  return `${more}${flyteClusters("dp1", "dp2").replace("name: flyte", `name: ${name}\ndelivery:\n  path: shared`)}`;
}

const WITH_VALUE = `extra:\n  dsn: ${SECRET}\n`;
const NAMED = { manifest: `sensitive: [extra.dsn]\n${WITH_VALUE}`, operator: WITH_VALUE };
const TAKEN = { renamed: "previously: a\nextra:\n  dsn: other\n", replaced: "extra:\n  dsn: other\n" };

test.each(
  (["manifest", "operator"] as const).flatMap((by) => (["renamed", "replaced"] as const).map((how) => ({ by, how }))),
)("a live value that the $by calls sensitive is shown by no plan in which its object is $how", async ({ by, how }) => {
  const desk = await openSystemsDesk();
  const patterns = by === "operator" ? ["--sensitive", "flyte_clusters.a.extra.dsn"] : [];
  const flags = [...systems(desk), "--store", "store", ...patterns];
  desk.write({ "flyte-clusters/a.yaml": clustersAt("a", NAMED[by]), ...LABELS });
  expect(await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).toMatchObject({ code: 0 });
  rmSync(join(desk.repository, "flyte-clusters/a.yaml"));
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b", TAKEN[how]) });
  for (const format of [[], ["--json"], ["--markdown"]]) {
    const { stdout, stderr } = await desk.run(["plan", desk.repository, ...flags, ...format]);
    expect(stdout).toContain("flyte_clusters.b");
    expect(stdout + stderr).not.toContain(SECRET);
  }
  await desk.run(["apply", desk.repository, "--auto-approve", ...flags]);
  // The record of what was applied is of the new name from now on.
  desk.write({ "flyte-clusters/b.yaml": clustersAt("b", "extra:\n  dsn: third\n") });
  expect((await desk.run(["plan", desk.repository, ...flags])).stdout).not.toContain(SECRET);
});

type RunningDaemon = Awaited<ReturnType<DaemonWorld["start"]>>;

/** Everything of the target that a reader may ask for, and plans of before. */
async function readAll({ url }: RunningDaemon, digests: readonly string[]): Promise<string> {
  const target = ["", "/changes", "/runs", "/passes"].map((path) => `/api/v1/targets/prod${path}`);
  const paths = [...target, "/targets/prod", "/targets/prod/written", "/api/v1/audit"];
  const plans = digests.map((digest) => `/api/v1/plans/${digest}?target=prod`);
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const texts = [...paths, ...plans].map(async (path) => (await fetch(url + path, { headers })).text());
  return (await Promise.all(texts)).join("\n");
}

async function openDelivering(files: Readonly<Record<string, string>>) {
  const world = await openDaemonWorld({ ...FILES, ...LABELS, ...files });
  const deliver = join(world.folder, "output");
  mkdirSync(deliver);
  const control_plane = { flyteadmin: { endpoint: world.served.url }, deliver };
  const start = (auto_apply: string, elsewhere: object = {}) =>
    world.start({ policy: { auto_apply }, control_plane: { ...control_plane, ...elsewhere } });
  return { world, start };
}

/** Commits after which the object that was `a` has another name and its value is sensitive. */
const SENSITIVE_LATER = {
  "as its object is renamed": [["b", `previously: a\n${NAMED.manifest}`]],
  "as its object is replaced": [["b", NAMED.manifest]],
  "long after its object was renamed": [
    ["b", `previously: a\n${WITH_VALUE}`],
    ["b", WITH_VALUE],
    ["b", NAMED.manifest],
  ],
  "as its object is renamed once more": [
    ["b", `previously: a\n${WITH_VALUE}`],
    ["c", `previously: b\n${NAMED.manifest}`],
  ],
} as const;

test.each(Object.entries(SENSITIVE_LATER))(
  "what becomes sensitive %s leaves the change log and the plans of before",
  async (_when, commits) => {
    const { world, start } = await openDelivering({ "flyte-clusters/a.yaml": clustersAt("a", WITH_VALUE) });
    const daemon = await start("all");
    await daemon.untilApplied(world.first);
    const listPlans = async () => (await daemon.target()).passes.flatMap(({ digest }) => digest ?? []);
    const digests = new Set(await listPlans());
    expect(await readAll(daemon, [...digests])).toContain(SECRET);
    let former = "a";
    for (const [name, more] of commits) {
      const files = {
        [`flyte-clusters/${former}.yaml`]: null,
        [`flyte-clusters/${name}.yaml`]: clustersAt(name, more),
      };
      await daemon.untilApplied(await daemon.push(files));
      for (const digest of await listPlans()) digests.add(digest);
      former = name;
    }
    await daemon.reconciled();
    expect(await readAll(daemon, [...digests])).not.toContain(SECRET);
  },
);

const ORPHAN = "lifecycle: { on_remove: orphan }\n";
const DEVELOPMENT = "scope: { domain: development }\n";
const settingsOf = (dsn: string) => `${DEVELOPMENT}settings: { annotations: { dsn: ${dsn} } }\n`;

test.each([
  {
    what: "settings",
    before: { "settings/dev.yaml": `${ORPHAN}sensitive: [annotations.dsn]\n${settingsOf(SECRET)}` },
    after: { "settings/dev.yaml": settingsOf("other") },
  },
  {
    what: "files of the same object",
    before: { "flyte-clusters/a.yaml": clustersAt("a", `${ORPHAN}${NAMED.manifest}`) },
    after: { "flyte-clusters/a.yaml": clustersAt("a", "extra:\n  dsn: other\n") },
  },
  {
    what: "files that another object takes over",
    before: { "flyte-clusters/a.yaml": clustersAt("a", `${ORPHAN}${NAMED.manifest}`) },
    after: { "flyte-clusters/b.yaml": clustersAt("b", TAKEN.replaced) },
  },
  {
    what: "settings of which other keys were taken up",
    before: { "settings/dev.yaml": `${ORPHAN}sensitive: [annotations.dsn]\n${settingsOf(SECRET)}` },
    between: { "settings/dev.yaml": `${DEVELOPMENT}settings: { labels: { team: b } }\n` },
    after: { "settings/dev.yaml": `${DEVELOPMENT}settings: { labels: { team: b }, annotations: { dsn: other } }\n` },
  },
  {
    what: "files of an object that has others by now",
    before: { "flyte-clusters/a.yaml": clustersAt("a", `${ORPHAN}${NAMED.manifest}`) },
    between: { "flyte-clusters/a.yaml": clustersAt("a", "").replace("path: shared", "path: elsewhere") },
    after: { "flyte-clusters/b.yaml": clustersAt("b", TAKEN.replaced) },
  },
])("a live value of $what that was released is shown by no plan of who takes it up again", async (story) => {
  const { before, after, between } = { between: null, ...story };
  const { world, start } = await openDelivering(before);
  const first = await start("all");
  await first.untilApplied(world.first);
  await first.untilApplied(await first.push(Object.fromEntries(Object.keys(before).map((path) => [path, null]))));
  if (between !== null) await first.untilApplied(await first.push(between));
  await first.daemon.stop();
  const daemon = await start("none");
  const pushed = await daemon.push(after);
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "held");
  const shown = await readAll(daemon, []);
  expect(shown).toContain("(sensitive)");
  expect(shown).not.toContain(SECRET);
});

test.each([
  {
    what: "another address of its control plane",
    files: (more: string, dsn: string) => ({ "settings/dev.yaml": `${more}${settingsOf(dsn)}` }),
    sensitive: "sensitive: [annotations.dsn]\n",
    elsewhere: ({ served }: DaemonWorld) => ({ endpoint: served.url.replace("127.0.0.1", "localhost") }),
  },
  {
    what: "another place of delivery with a copy of its files",
    files: (more: string, dsn: string) => ({
      "flyte-clusters/a.yaml": clustersAt("a", `${more}extra:\n  dsn: ${dsn}\n`),
    }),
    sensitive: "sensitive: [extra.dsn]\n",
    elsewhere: ({ folder }: DaemonWorld) => {
      cpSync(join(folder, "output"), join(folder, "moved"), { recursive: true });
      return { deliver: join(folder, "moved") };
    },
  },
])(
  "a live value that was sensitive is shown by no plan once the target is given $what",
  async ({ files, sensitive, elsewhere }) => {
    const { world, start } = await openDelivering(files(sensitive, SECRET));
    const first = await start("all");
    await first.untilApplied(world.first);
    await first.untilApplied(await first.push(files("", SECRET)));
    await first.daemon.stop();
    const daemon = await start("none", elsewhere(world));
    const pushed = await daemon.push(files("", "other"));
    await daemon.until(({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "held");
    const shown = await readAll(daemon, []);
    expect(shown).toContain("(sensitive)");
    expect(shown).not.toContain(SECRET);
  },
);

test("readers of the daemon are not shown it where the rename waits for an approval", async () => {
  const files = { ...FILES, ...LABELS, "flyte-clusters/a.yaml": clustersAt("a", NAMED.manifest) };
  const world = await openDaemonWorld(files);
  const deliver = join(world.folder, "output");
  mkdirSync(deliver);
  const control_plane = { flyteadmin: { endpoint: world.served.url }, deliver };
  const first = await world.start({ policy: { auto_apply: "all" }, control_plane });
  await first.untilApplied(world.first);
  await first.daemon.stop();
  const daemon = await world.start({ policy: { auto_apply: "none" }, control_plane });
  const renamed = await daemon.push({
    "flyte-clusters/a.yaml": null,
    "flyte-clusters/b.yaml": clustersAt("b", TAKEN.renamed),
  });
  await daemon.until(({ last_pass }) => last_pass?.revision === renamed && last_pass.outcome.kind === "held");
  const shown = JSON.stringify(await daemon.target());
  expect(shown).toContain("flyte_clusters.b");
  expect(shown).not.toContain(SECRET);
});
