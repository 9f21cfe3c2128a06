import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { openGitWorld } from "../systems/delivery/git-world.ts";
import { type Desk, homeIn, startProgram } from "./run-program.ts";
import { EVERYTHING, editByHand, flyteClusters, label, openSystemsDesk, systems } from "./systems.ts";

const STORE = ["--store", "store"];
const VALUES = "flyte/values-override.yaml";

const plan = (desk: Desk, ...flags: readonly string[]) =>
  desk.run(["plan", desk.repository, "--detailed-exitcode", ...STORE, ...flags]);
const apply = (desk: Desk, ...flags: readonly string[]) =>
  desk.run(["apply", desk.repository, "--auto-approve", ...STORE, ...flags]);
const applySaved = (desk: Desk, ...flags: readonly string[]) =>
  desk.run(["apply", "plan.json", "--auto-approve", ...STORE, ...flags]);

const valuesOf = (desk: Desk, member: string) =>
  [...desk.served.flyteadmin.state.attributes.values()]
    .filter(({ attributes }) => member in attributes)
    .map(({ project, domain, workflow, attributes }) => [`${project}/${domain}/${workflow}`, attributes[member]]);

describe.each(GENERATIONS)("a repository of all systems on generation %s", (generation) => {
  test("is planned, applied and at rest, in a folder of files too, and what goes from it goes there", async () => {
    const desk = await openSystemsDesk({ generation });
    desk.write(EVERYTHING);
    const flags = systems(desk);
    expect((await plan(desk, ...flags)).code).toBe(2);
    const applied = await apply(desk, ...flags);
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining("Apply complete! 8 added")]);
    expect(readFileSync(join(desk.output, VALUES), "utf8")).toContain("dp2.example.com");
    expect(valuesOf(desk, "execution_cluster_label")).toEqual([["team1/development/", { value: "label1" }]]);
    expect(valuesOf(desk, "cluster_assignment")).toEqual([["team1/production/", { cluster_pool_name: "prod" }]]);
    const again = await plan(desk, ...flags);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("No changes.")]);
    for (const file of Object.keys(EVERYTHING).slice(4)) rmSync(join(desk.repository, file));
    expect((await apply(desk, ...flags, "--allow", "max-disruption-share", "--allow", "black-hole")).code).toBe(0);
    expect(desk.served.flyteadmin.state.attributes.size).toBe(0);
    expect(existsSync(join(desk.output, VALUES))).toBe(false);
    expect([...desk.served.model.state.setting.rows.values()].filter(({ values }) => "labels" in values)).toEqual([]);
    expect((await plan(desk, ...flags)).code).toBe(0);
  });
});

describe("files for Flyte's clusters", () => {
  test("that were edited by hand are shown before they are overwritten", async () => {
    const desk = await openSystemsDesk();
    desk.write(EVERYTHING);
    await apply(desk, ...systems(desk));
    editByHand(desk.output, VALUES, "by: hand\n");
    const drifted = await plan(desk, ...systems(desk));
    expect([drifted.code, drifted.stdout]).toEqual([2, expect.stringContaining("-by: hand")]);
    expect((await apply(desk, ...systems(desk))).code).toBe(0);
    expect(readFileSync(join(desk.output, VALUES), "utf8")).toContain("dp1.example.com");
  });

  test("go to a branch of a repository as commits, one for each change and none for none", async () => {
    const desk = await openSystemsDesk();
    const git = openGitWorld();
    desk.write(EVERYTHING);
    const flags = systems(desk, `${git.url}#main`);
    const commits = () => Number(git.ask("rev-list", "--count", "main"));
    expect((await apply(desk, ...flags)).code).toBe(0);
    expect([commits(), git.ask("show", `main:${VALUES}`)]).toEqual([1, expect.stringContaining("dp2.example.com")]);
    expect((await plan(desk, ...flags)).code).toBe(0);
    expect((await apply(desk, ...flags)).code).toBe(0);
    desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1") });
    const saved = await plan(desk, ...flags, "--out", "plan.json");
    expect([saved.code, saved.stdout]).toEqual([2, expect.stringContaining("dp2.example.com")]);
    expect((await applySaved(desk, ...flags)).code).toBe(0);
    expect([commits(), git.ask("show", `main:${VALUES}`)]).toEqual([2, expect.not.stringContaining("dp2.example.com")]);
  });
});

describe("a saved plan of all systems", () => {
  const CHANGED = {
    "settings/dev.yaml": "scope: { domain: development }\nsettings: { labels: { team: data } }\n",
    "execution-cluster-labels/team1.yaml": label("project1", "label1"),
    "flyte-clusters/flyte.yaml": flyteClusters("dp1"),
  };

  async function openWithPlan(changed: Readonly<Record<string, string>> = CHANGED) {
    const desk = await openSystemsDesk();
    desk.write(EVERYTHING);
    expect((await apply(desk, ...systems(desk))).code).toBe(0);
    desk.write(changed);
    const flags = [...systems(desk), "--out", "plan.json", "--allow", "max-disruption-share"];
    expect((await plan(desk, ...flags)).code).toBe(2);
    return desk;
  }

  test("does not name its systems: without them apply prints the command that does, and it is stale once it was applied", async () => {
    const desk = await openWithPlan();
    const env = homeIn(desk.folder);
    const unnamed = await startProgram(["apply", "plan.json", "--auto-approve"], env, desk.folder).ended;
    expect([unnamed.code, unnamed.stderr]).toEqual([1, expect.stringContaining("does not select its own target")]);
    const [command] = /poolkeeper apply .*$/m.exec(unnamed.stderr) ?? [""];
    const run = () => startProgram(command.split(" ").slice(1), env, desk.folder).ended;
    const first = await run();
    expect([first.code, first.stdout, first.stderr]).toEqual([
      0,
      expect.stringContaining("Apply complete!"),
      expect.anything(),
    ]);
    expect(valuesOf(desk, "execution_cluster_label")).toEqual([["project1/development/", { value: "label1" }]]);
    expect((await plan(desk, ...systems(desk))).code).toBe(0);
    expect((await run()).code).toBe(5);
  });

  test("that leaves delivered files and settings as they are still applies", async () => {
    const desk = await openWithPlan({ "queues/batch.yaml": `${EVERYTHING["queues/batch.yaml"]}depth: 7\n` });
    const { code, stderr } = await applySaved(desk, ...systems(desk));
    expect([code, stderr]).toEqual([0, expect.anything()]);
  });

  test("that leaves out files which differ still applies", async () => {
    const desk = await openSystemsDesk();
    desk.write({ ...EVERYTHING, "settings/dev.yaml": "scope: { domain: development }\nsettings: {}\n" });
    const flags = [...systems(desk), "--exclude", "flyte_clusters.flyte", "--out", "plan.json"];
    expect((await plan(desk, ...flags)).code).toBe(2);
    const { code, stderr } = await applySaved(desk, ...systems(desk));
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(existsSync(join(desk.output, VALUES))).toBe(false);
  });

  test.each([
    [
      "a row",
      { kind: "attributes", name: "team1/development", path: "execution_cluster_label.value", value: "x" },
      'execution_cluster_label.team1/development: value is "x" now, and was "label1" when the plan was made',
    ],
    [
      "a setting",
      { kind: "settings", name: "development", path: "labels", value: { team: "other" } },
      'settings.acme/development: settings.labels.team is "other" now, and was "ml" when the plan was made',
    ],
    ["a file", null, `flyte_clusters.flyte: files.${VALUES} is "by: hand\\n" now, and was `],
  ])("is stale where %s that it changes was changed since, and says so", async (_what, mutation, words) => {
    const desk = await openWithPlan();
    if (mutation === null) editByHand(desk.output, VALUES, "by: hand\n");
    else await desk.post("/mutate", { op: "set", ...mutation });
    const place = desk.served.model.journal.length;
    const { code, stderr } = await applySaved(desk, ...systems(desk));
    expect([code, stderr]).toEqual([5, expect.stringContaining("Plan again.")]);
    expect(stderr).toContain(words);
    expect(desk.served.model.journal).toHaveLength(place);
  });

  test("is not applied on another flyteadmin or into another folder", async () => {
    const desk = await openWithPlan();
    const other = await openSystemsDesk();
    for (const flags of [systems(desk, other.output), ["--flyteadmin-endpoint", other.served.url]]) {
      const { code, stderr } = await applySaved(desk, ...flags);
      expect([code, stderr]).toEqual([1, expect.stringContaining("The plan is for")]);
    }
  });
});
