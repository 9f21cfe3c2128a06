import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { journalSince, ORG, recordEvents, type ServedWorld, serveWorld } from "./serve-world.ts";

const ORGANIZATION = { domain: null, project: null };
const settings = (values: SettingValues, authoritative = false) =>
  desiredPlaces({ settings: [desiredSettings("", values, authoritative)] });
const valuesOf = async ({ reader }: ServedWorld) => (await reader.getSettings(ORGANIZATION)).values;

/** Another writer puts a key right before a write of ours leaves. */
function withRival(world: ServedWorld, values: SettingValues, times = 1) {
  let left = times;
  return {
    ...world.writer,
    writeSettings: async (...[scope, own, version]: Parameters<typeof world.writer.writeSettings>) => {
      if (left > 0) {
        left -= 1;
        const live = await world.reader.getSettings(scope);
        await world.writer.writeSettings(
          scope,
          { ...live.values, ...values, pod_template_name: `t${left}` },
          live.version,
        );
      }
      return world.writer.writeSettings(scope, own, version);
    },
  };
}

describe.each(GENERATIONS)("settings on generation %s", (generation) => {
  test("are created, changed, cleared and taken away, and other keys stay", async () => {
    const world = await serveWorld(generation);
    await world.converge(settings({ "run.max_action_concurrency": 5, "task_resource.min.cpu": "500m" }));
    await world.post("/mutate", { op: "set", kind: "settings", name: "", path: "pod_template_name", value: "by-hand" });
    await world.converge(settings({ "task_resource.min.cpu": "1" }));
    expect(await valuesOf(world)).toEqual({ "task_resource.min.cpu": "1", pod_template_name: "by-hand" });
    await world.converge(settings({ "task_resource.min.cpu": "~unset" }));
    expect(await valuesOf(world)).toEqual({ "task_resource.min.cpu": "~unset", pod_template_name: "by-hand" });
    await world.converge(desiredPlaces({ settings: [] }), { allow: ["empty-set"] });
    expect(await valuesOf(world)).toEqual({ pod_template_name: "by-hand" });
    expect((await world.plan(desiredPlaces({}))).steps).toEqual([]);
  });

  test("may have entries that are named like properties of any object", async () => {
    const world = await serveWorld(generation);
    const labels = (text: string) => settings({ labels: JSON.parse(text) });
    for (const wanted of ['{"__proto__":"x","constructor":"y"}', '{"__proto__":"z"}', '{"toString":"a"}']) {
      await world.converge(labels(wanted));
      expect(JSON.stringify((await valuesOf(world)).labels)).toBe(wanted);
      expect((await world.plan(labels(wanted))).steps).toEqual([]);
    }
  });

  test("without a key come to rest, with a manifest that says all too", async () => {
    const world = await serveWorld(generation);
    for (const authoritative of [false, true]) {
      await world.converge(settings({}, authoritative));
      expect((await world.plan(settings({}, authoritative))).steps).toEqual([]);
    }
    await world.converge(settings({ labels: { team: "ml" } }));
    await world.converge(settings({}, true));
    expect(await valuesOf(world)).toEqual({});
    expect((await world.plan(settings({}, true))).changes).toEqual([]);
  });

  test.each([
    ["first", {}],
    ["later", { "security.service_account": "there" }],
  ])(
    "a lost race at the %s write is tried again on what is there, and the other's keys stay",
    async (_when, before) => {
      const world = await serveWorld(generation);
      if (Object.keys(before).length > 0) await world.writer.writeSettings(ORGANIZATION, before, "0");
      const wanted = settings({ "task_resource.min.cpu": "1" });
      const events = recordEvents();
      const plan = await world.plan(wanted);
      const report = await world.apply(plan, { writer: withRival(world, { labels: { by: "rival" } }, 3), ...events });
      expect(report.status).toBe("applied");
      expect(events.lines.filter((line) => line.startsWith("progress"))).toHaveLength(3);
      expect(await valuesOf(world)).toEqual({
        ...before,
        "task_resource.min.cpu": "1",
        labels: { by: "rival" },
        pod_template_name: "t0",
      });
      expect((await world.plan(wanted)).steps).toEqual([]);
    },
  );

  test("a race that is lost for ever ends after some tries and leaves the other's values", async () => {
    const world = await serveWorld(generation);
    const plan = await world.plan(settings({ "task_resource.min.cpu": "1" }));
    const report = await world.apply(plan, { writer: withRival(world, {}, 1_000) });
    expect(report.steps).toMatchObject([{ status: "failed", code: "aborted" }]);
    expect(await valuesOf(world)).toEqual({ pod_template_name: expect.stringMatching(/^t/) });
  });

  test.each(["CreateSettings", "UpdateSettings"])("%s whose answer is lost is settled by reading", async (method) => {
    const world = await serveWorld(generation);
    if (method === "UpdateSettings") await world.writer.writeSettings(ORGANIZATION, { labels: { a: "b" } }, "0");
    const plan = await world.plan(settings({ "task_resource.min.cpu": "1" }));
    const place = world.model.journal.length;
    await world.fault({ method, drop_after_commit: true });
    expect((await world.apply(plan)).status).toBe("applied");
    expect(journalSince(world, place)).toHaveLength(1);
    expect(await valuesOf(world)).toMatchObject({ "task_resource.min.cpu": "1" });
  });

  test.each([
    ["that is to be set", { "task_resource.min.cpu": "4" }, "task_resource.min.cpu"],
    ["that is to be cleared", { "security.service_account": "b" }, "security.service_account"],
    ["of a map that is to be set", { labels: { a: "other" } }, "labels.a"],
    ["of a map that is to go", { labels: { a: "1", b: "other" } }, "labels.b"],
  ])("what somebody has set since the plan is never overwritten: %s", async (_what, theirs, shown) => {
    const world = await serveWorld(generation);
    const before = { "task_resource.min.cpu": "1", "security.service_account": "a", labels: { a: "1", b: "1" } };
    await world.converge(settings(before));
    const plan = await world.plan(settings({ "task_resource.min.cpu": "2", labels: { a: "2" } }));
    const report = await world.apply(plan, { writer: withRival(world, theirs) });
    expect(report.steps).toMatchObject([{ status: "failed", code: "settings_changed" }]);
    expect(report.steps[0]?.message).toBe(
      `${shown} of the settings of ${ORG} was changed since this was planned. Plan again.`,
    );
    expect(await valuesOf(world)).toEqual({ ...before, ...theirs, pod_template_name: "t0" });
  });

  test("a map that somebody has taken out since the plan is not left behind empty, where only its entries were to go", async () => {
    const world = await serveWorld(generation);
    await world.converge(settings({ "task_resource.min.cpu": "1", labels: { a: "1", b: "1" } }));
    const plan = await world.plan(settings({ "task_resource.min.cpu": "2", labels: { a: "1" } }));
    const live = await world.reader.getSettings(ORGANIZATION);
    await world.writer.writeSettings(ORGANIZATION, { "task_resource.min.cpu": "1" }, live.version);
    expect((await world.apply(plan)).status).toBe("applied");
    expect(await valuesOf(world)).toEqual({ "task_resource.min.cpu": "2" });
  });

  test("a map that is wanted empty is set empty", async () => {
    const world = await serveWorld(generation);
    await world.converge(settings({ labels: {} }));
    const found = await valuesOf(world);
    await world.converge(settings({ labels: { a: "1" } }));
    await world.converge(settings({ labels: {} }));
    expect(await valuesOf(world)).toEqual(found);
    expect((await world.plan(settings({ labels: {} }))).steps).toEqual([]);
  });

  test("what is set as it was wanted is no reason to refuse the rest", async () => {
    const world = await serveWorld(generation);
    await world.converge(settings({ "task_resource.min.cpu": "1", labels: { a: "1", b: "1" } }));
    const plan = await world.plan(settings({ "task_resource.min.cpu": "2", labels: { a: "2" } }));
    const rival = withRival(world, { "task_resource.min.cpu": "2000m", labels: { a: "2", b: "1", c: "added" } });
    expect((await world.apply(plan, { writer: rival })).status).toBe("applied");
    expect(await valuesOf(world)).toMatchObject({ "task_resource.min.cpu": "2", labels: { a: "2", c: "added" } });
  });

  test("a step and its entry in the change log have what is changed, and nothing beside", async () => {
    const world = await serveWorld(generation);
    const folder = (cpu: string, labels: Readonly<Record<string, string>>) =>
      settings({ "task_resource.min.cpu": cpu, "run.max_action_concurrency": 50, labels });
    await world.converge(folder("1", { a: "1", b: "1" }));
    const plan = await world.plan(folder("2", { a: "1", c: "3" }));
    expect(plan.steps.map(({ set }) => set)).toEqual([
      { settings: { "task_resource.min.cpu": "2", labels: { b: null, c: "3" } }, cleared: [] },
    ]);
  });
});
