import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import { MOVED, queue, REPOSITORY } from "../manifests.ts";
import { planInProcess, saveInProcess } from "../plan-in-process.ts";
import { type Desk, openAppliedDesk } from "../run-program.ts";

/** A desk with a saved plan that moves c1, and no folder of manifests any more. */
async function openWithPlan(generation: Generation = "2026-11", next: Readonly<Record<string, string>> = MOVED) {
  const desk = await openAppliedDesk(REPOSITORY, generation);
  desk.write(next);
  const file = join(desk.folder, "plan.json");
  writeFileSync(file, await saveInProcess(desk));
  return { desk, file };
}

const apply = (desk: Desk, file: string, ...flags: readonly string[]) =>
  desk.run(["apply", file, "--auto-approve", ...flags]);

const set = (kind: string, name: string, path: string, value: unknown) => ({ op: "set", kind, name, path, value });

describe.each(GENERATIONS)("poolkeeper apply FILE on generation %s", (generation) => {
  test("needs no folder, carries out exactly what was saved, and is stale afterwards", async () => {
    const { desk, file } = await openWithPlan(generation);
    rmSync(desk.repository, { recursive: true });
    const [first, second] = [await apply(desk, file), await apply(desk, file, "--json")];
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining("Apply complete!")]);
    expect(desk.served.model.state.cluster.rows.get(generation === "2026-11" ? "c1" : "c1-dev")?.pool).toBe("dev");
    const { error } = JSON.parse(second.stdout);
    expect([second.code, error.code]).toEqual([5, "stale_plan"]);
    expect(error.message).toContain("nothing is left to change: it was applied already, or others made its changes.");
    expect(error.message).toMatch(/\n {2}cluster\.c1: no change is needed now/);
  });

  test("manifests that were edited after the plan do not count", async () => {
    const { desk, file } = await openWithPlan(generation, {
      "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n"),
    });
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 8\n") });
    expect((await apply(desk, file)).code).toBe(0);
    expect(desk.served.model.state.queue.rows.get("any")?.spec.depth).toBe(7);
  });

  test.each([
    [
      "the pool of a cluster that is moved",
      set("cluster", "c1", "pool", "default"),
      'cluster.c1: pool is "default" now, and was "prod" when the plan was made',
    ],
    [
      "the selector of a queue that is written",
      set("queue", "batch", "clusters", ["c1"]),
      'queue.batch: clusters is [ "c1" ] now, and was [ "c1", "c2" ] when the plan was made',
    ],
    [
      "the limits of a queue that is written",
      set("queue", "batch", "depth", 3),
      "queue.batch: depth is 3 now, and was 10000 when the plan was made",
    ],
  ])("the world changed in %s: exit 5, nothing is written, and it says what", async (_what, change, words) => {
    const { desk, file } = await openWithPlan(generation);
    await desk.post("/mutate", change);
    const place = desk.served.model.journal.length;
    const { code, stderr } = await apply(desk, file);
    expect([code, stderr]).toEqual([5, expect.stringContaining("its inputs have changed")]);
    expect(stderr).toContain(words);
    expect(desk.served.model.journal).toHaveLength(place);
  });

  test("the world changed elsewhere: it still applies", async () => {
    const { desk, file } = await openWithPlan(generation);
    await desk.post("/mutate", { op: "create", kind: "queue", name: "stray", object: { cluster_pool: "default" } });
    await desk.post("/mutate", set("cluster_pool", "default", "config.secret_store.locator", "other"));
    await desk.post("/inflight", { queue: "any", cluster: "c2", runs: 1 });
    await desk.post("/inflight", { queue: "any", cluster: "c2" });
    expect((await apply(desk, file)).code).toBe(0);
  });

  test("an empty plan applies any number of times, and no more once there is something to do", async () => {
    const { desk, file } = await openWithPlan(generation, {});
    const codes = [await apply(desk, file), await desk.run(["apply", file])].map(({ code }) => code);
    await desk.post("/mutate", set("queue", "any", "depth", 3));
    const late = await apply(desk, file);
    expect([...codes, late.code]).toEqual([0, 0, 5]);
    expect(late.stderr).toContain("queue.any: needs a change now, too");
  });
});

describe("poolkeeper apply FILE", () => {
  test.each([
    ["a step's target pool", (text: string) => text.replace(/("set": \{\s+"pool": )"dev"/, '$1"default"')],
    ["the verdict of a check", (text: string) => text.replace('"status": "warn"', '"status": "pass"')],
    ["a manifest", (text: string) => text.replace(/("body": \{\s+"name": "c1",\s+"pool": )"dev"/, '$1"prod"')],
    ["the checksum", (text: string) => text.replace(/"checksum": "./, '"checksum": "z')],
  ])("damaged in %s: exit 5 for apply and show", async (_what, alter) => {
    const { desk, file } = await openWithPlan();
    const text = readFileSync(file, "utf8");
    expect(alter(text)).not.toBe(text);
    writeFileSync(file, alter(text));
    const place = desk.served.model.journal.length;
    const [applied, shown] = await Promise.all([apply(desk, file), desk.run(["show", file])]);
    expect([applied.code, shown.code]).toEqual([5, 5]);
    expect(applied.stderr).toContain("altered");
    expect(desk.served.model.journal).toHaveLength(place);
  });

  test("flags that shape a plan are usage errors", async () => {
    const { desk, file } = await openWithPlan();
    const flags = [
      ["--prune", "all"],
      ["--target", "queue.any"],
      ["--exclude", "queue.any"],
      ["--replace", "cluster.c1"],
      ["--on-pool-change", "move"],
      ["--allow", "apps"],
      ["--scope", "development"],
    ];
    for (const given of flags) {
      const { code, stderr } = await apply(desk, file, ...given);
      expect([code, stderr]).toEqual([1, expect.stringContaining(given[0] ?? "")]);
    }
  });

  test("a plan that a check blocks stays blocked", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/apps", { cluster: "c1", apps: 1 });
    desk.write(MOVED);
    const file = join(desk.folder, "plan.json");
    const planned = await desk.run(["plan", desk.repository, "--out", file]);
    expect([planned.code, (await apply(desk, file)).code]).toEqual([4, 4]);
  });

  test("for another control plane: exit 1 that names both", async () => {
    const { desk, file } = await openWithPlan();
    const { code, stderr } = await apply(desk, file, "--endpoint", "http://127.0.0.1:9");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/is for endpoint http:.*not for http:\/\/127\.0\.0\.1:9/),
    ]);
  });

  test.each([
    [
      { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "" },
      /nothing else names endpoint and organization/,
      ["--endpoint", "--org"],
    ],
    [{ POOLKEEPER_ORG: "" }, /nothing else names organization\./, ["--org"]],
    [{ POOLKEEPER_ENDPOINT: "" }, /nothing else names endpoint\./, ["--endpoint"]],
  ])("with %j it does not say where to go: exit 1 with the command that does", async (env, words, flags) => {
    const { desk, file } = await openWithPlan();
    const place = desk.served.model.journal.length;
    const { code, stderr } = await desk.run(["apply", file, "--auto-approve"], env);
    expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
    expect(desk.served.model.journal).toHaveLength(place);
    const [command = ""] = /poolkeeper apply .*$/m.exec(stderr) ?? [];
    expect(command.split(" ").filter((word) => word.startsWith("--"))).toEqual([...flags, "--auto-approve"]);
    expect((await desk.run(command.split(" ").slice(1), env)).code).toBe(0);
  });

  test.each([
    [["--flyteadmin-endpoint", "http://127.0.0.1:9"], /computed without flyteadmin, and --flyteadmin-endpoint names/],
    [["--deliver", "output"], /computed without delivery, and --deliver names/],
    [["--store", "state"], /computed without store, and --store names/],
    [["--org", "other"], /is for organization acme, not for other \(--org\)/],
  ])("%j names a system that is not the plan's: exit 1, and nothing is sent", async (flags, words) => {
    const { desk, file } = await openWithPlan();
    const { code, stderr } = await apply(desk, file, ...flags);
    expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
  });

  test("what plan --json has printed can't be applied", async () => {
    const { desk } = await openWithPlan();
    const file = join(desk.folder, "printed.json");
    writeFileSync(file, (await desk.run(["plan", desk.repository, "--json"])).stdout);
    const [applied, shown] = [await apply(desk, file), await desk.run(["show", file])];
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining("can be shown, not applied")]);
    expect(shown.code).toBe(0);
  });

  test.each([
    ["name: a\n", /is not a saved plan: it is not JSON \(manifests are planned and applied by their folder\)/],
    ["", /is not a saved plan: it is empty/],
    ['{"format_version": "1.0", "steps": [', /is not a saved plan: its JSON is damaged or truncated/],
    ["{}", /is not a saved plan: it lacks required fields/],
    ["[1]", /is not a saved plan: it lacks required fields/],
    ['{"steps": [], "seal": "", "format_version": "1.0"}', /an unsupported format \(1\.0\).*reads 3\.0\. Plan again/],
  ])("%j is no plan to apply: exit 1 with the path, the reason and what to do", async (text, words) => {
    const desk = await openAppliedDesk({});
    const file = join(desk.folder, "plan.json");
    writeFileSync(file, text);
    for (const { code, stderr } of [await apply(desk, file), await desk.run(["show", file])]) {
      expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
      expect(stderr).toContain(file);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  test("interrupted half-way it is stale, and the folder goes on", async () => {
    const { desk, file } = await openWithPlan();
    await desk.post("/faults", { method: "UpdateCluster", code: "permission_denied" });
    expect((await apply(desk, file)).code).toBe(1);
    expect((await apply(desk, file)).code).toBe(5);
    await planInProcess(desk, { apply: true, allow: ["server-refused"] });
    expect((await planInProcess(desk)).steps).toEqual([]);
  });
});
