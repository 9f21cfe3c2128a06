import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/live.ts";
import type { SettingValues } from "../../src/model/settings.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { journalSince, recordEvents, type ServedWorld, serveWorld } from "./serve-world.ts";

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

  test("a key that another writer set to what was to be cleared is cleared all the same, on his version", async () => {
    const world = await serveWorld(generation);
    await world.converge(settings({ "task_resource.min.cpu": "1", "security.service_account": "a" }));
    const plan = await world.plan(settings({ "task_resource.min.cpu": "1" }));
    const rival = withRival(world, { "security.service_account": "b" });
    expect((await world.apply(plan, { writer: rival })).status).toBe("applied");
    expect(await valuesOf(world)).toEqual({ "task_resource.min.cpu": "1", pod_template_name: "t0" });
  });
});
