import { describe, expect, test } from "vitest";
import { describeOrigin } from "../../../src/manifests/flyte-clusters/rendered-file.ts";
import { formatScope } from "../../../src/model/objects/settings.ts";
import { readTarget } from "../../../src/reconcile/live/read-target.ts";
import { describeUnseen } from "../../../src/report/plan/describe-unseen.ts";
import { desiredPlaces, desiredSettings } from "../../apply/desired-places.ts";
import { type ServedWorld, serveWorld } from "../../apply/serve-world.ts";

const NOWHERE_ELSE = { scopes: [], every_project: false, deliveries: [] } as const;
const serve = () => serveWorld("2026-11", { places: true });
const readersOf = ({ reader, flyteadmin, delivery }: ServedWorld) => ({
  union: reader,
  flyteadmin: flyteadmin?.reader ?? null,
  delivery,
});

describe("the scopes of settings that are read", () => {
  test("are the organization, those named, and every domain of every active project", async () => {
    const world = await serve();
    await world.post("/mutate", { op: "set", kind: "project", name: "team1", path: "state", value: "ARCHIVED" });
    const scopes = [{ domain: "qa", project: null }];
    const { settings } = await readTarget(readersOf(world), { scopes, every_project: true, deliveries: [] });
    const domains = ["development", "production", "staging"];
    expect(settings.map(({ scope }) => formatScope(scope)).sort()).toEqual(
      ["", "qa", ...domains, ...domains.flatMap((domain) => [`${domain}/flytesnacks`, `${domain}/project1`])].sort(),
    );
  });

  test.each([
    ["unimplemented", "absent", "This one has none."],
    ["permission_denied", "unreadable", "permission denied"],
  ])(
    "are none where the control plane says %s: they are %s, and what wants them is blocked",
    async (code, status, words) => {
      const world = await serve();
      await world.fault({ method: "GetSettingsForEdit", code, count: 100 });
      const { systems, settings } = await readTarget(readersOf(world), NOWHERE_ELSE);
      expect([systems.settings, settings]).toEqual([status, []]);
      const wanted = desiredPlaces({ settings: [desiredSettings("", { "task_resource.min.cpu": "1" })] });
      const { applyable, checks, steps } = await world.plan(wanted);
      expect([applyable, steps]).toEqual([false, []]);
      expect(checks.find(({ name }) => name === "capability")?.message).toContain(words);
    },
  );

  test.each(["permission_denied", "not_found", "invalid_argument"])(
    "do not include those that only flyteadmin suggests and that say %s: they are told",
    async (code) => {
      const world = await serve();
      await world.fault({ method: "GetSettingsForEdit", code, after: 1, count: 1 });
      const everything = { ...NOWHERE_ELSE, every_project: true };
      const live = await readTarget(readersOf(world), everything);
      expect(live.unreadable_scopes).toEqual([{ domain: "development", project: null }]);
      expect(live.settings).toHaveLength(12);
      expect(describeUnseen(live).join()).toContain('settings of domain "development": permission denied');
    },
  );

  test("that are named and not there fail the read", async () => {
    const world = await serve();
    await world.fault({ method: "GetSettingsForEdit", code: "not_found", after: 1, count: 100 });
    await expect(
      readTarget(readersOf(world), { ...NOWHERE_ELSE, scopes: [{ domain: "staging", project: null }] }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  test("leave out one that the token may not read: the rest is read, and what wants that one is blocked", async () => {
    const world = await serve();
    const scopes = [{ domain: "development", project: "team1" }];
    await world.fault({ method: "GetSettingsForEdit", code: "permission_denied", after: 1, count: 1 });
    const live = await readTarget(readersOf(world), { ...NOWHERE_ELSE, scopes });
    expect(live).toMatchObject({
      systems: { settings: "read" },
      settings: [{ scope: { domain: null, project: null } }],
      unreadable_scopes: scopes,
    });
    await world.fault({ method: "GetSettingsForEdit", code: "permission_denied", after: 1, count: 1 });
    const wanted = desiredPlaces({
      settings: [desiredSettings("development/team1", { "run.default_queue": "default" })],
    });
    const { applyable, checks, steps, notices } = await world.plan(wanted);
    expect([applyable, steps]).toEqual([false, []]);
    expect(checks.find(({ name }) => name === "capability")?.message).toContain("permission denied");
    expect(notices.map(({ message }) => message).join("\n")).toContain(
      'Permission denied for the settings of project "team1" of domain "development"',
    );
  });

  test("stay owned where they were applied once and can't be read now", async () => {
    const world = await serve();
    const wanted = desiredPlaces({
      settings: [desiredSettings("development/team1", { "task_resource.min.cpu": "1" })],
    });
    await world.apply(await world.plan(wanted));
    await world.fault({ method: "GetSettingsForEdit", code: "permission_denied", after: 1, count: 1 });
    const { ownership, steps } = await world.plan(desiredPlaces({}));
    expect([ownership.release, steps]).toEqual([[], []]);
  });

  test("are read of a project where only those of the organization are refused", async () => {
    const world = await serve();
    const scopes = [{ domain: "development", project: "team1" }];
    await world.fault({ method: "GetSettingsForEdit", code: "permission_denied", count: 1 });
    const live = await readTarget(readersOf(world), { ...NOWHERE_ELSE, scopes });
    expect(live).toMatchObject({
      systems: { settings: "read" },
      settings: [{ scope: scopes[0] }],
      unreadable_scopes: [{ domain: null, project: null }],
    });
  });

  test("that can't be reached fail the read as a whole", async () => {
    const world = await serve();
    await world.fault({ method: "GetSettingsForEdit", code: "internal", count: 100 });
    await expect(readTarget(readersOf(world), NOWHERE_ELSE)).rejects.toMatchObject({ code: "internal" });
  });
});

test("a target of flyteadmin alone has its rows, projects and domains, and no Union control plane", async () => {
  const world = await serve();
  const live = await readTarget({ ...readersOf(world), union: null }, { ...NOWHERE_ELSE, every_project: true });
  expect(live).toMatchObject({
    org: "",
    endpoint: world.url,
    systems: { union: "absent", settings: "absent", flyteadmin: "read", delivery: "read" },
    settings: [],
    queues: [],
    flyteadmin: { domains: ["development", "staging", "production"] },
  });
});

test("files are those that were asked for", async () => {
  const world = await serve();
  const files = [
    { path: "flyte/a.yaml", text: "a: 1\n" },
    { path: "flyte/b.yaml", text: "b: 1\n" },
  ];
  const expected = files.map(({ path }) => ({ path, text: null }));
  await world.delivery?.deliver({ files, removes: [], message: "", expected });
  const deliveries = [{ name: "flyte", paths: ["flyte/a.yaml", "flyte/none.yaml"], former: [] }];
  const { delivered } = await readTarget(readersOf(world), { ...NOWHERE_ELSE, deliveries });
  expect(delivered).toEqual([{ name: "flyte", files: [{ path: "flyte/a.yaml", text: "a: 1\n" }] }]);
});

test("a file that is not wanted any more is read only as long as it says that it was rendered from the object", async () => {
  const world = await serve();
  const files = [
    { path: "flyte/ours.yaml", text: `# ${describeOrigin("flyte")}\na: 1\n` },
    { path: "flyte/replaced.yaml", text: "a: 1\n" },
    { path: "flyte/others.yaml", text: `# ${describeOrigin("edge")}\na: 1\n` },
  ];
  const expected = files.map(({ path }) => ({ path, text: null }));
  await world.delivery?.deliver({ files, removes: [], message: "", expected });
  const deliveries = [{ name: "flyte", paths: [], former: files.map(({ path }) => path) }];
  const { delivered } = await readTarget(readersOf(world), { ...NOWHERE_ELSE, deliveries });
  expect(delivered).toEqual([{ name: "flyte", files: files.slice(0, 1) }]);
});
