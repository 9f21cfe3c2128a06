import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { QueueState } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import {
  ScopeLevel,
  SettingState,
  SettingsSchema,
} from "../../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { listSettings } from "../../../src/systems/control-plane/settings-codec.ts";
import { BOTH, id, ORG, openWorld, outcomeOf, refusalOf } from "../open-world.ts";
import { DOMAIN, type Key, ORGANIZATION, PROJECT, readLevels, resolveScope, writeScope } from "./write-scope.ts";

const CONCURRENCY = "run.max_action_concurrency";
const SCOPES: readonly (readonly [string, Key])[] = [
  ["the organization", ORGANIZATION],
  ["a domain", DOMAIN],
  ["a project", PROJECT],
];

describe.each(BOTH)("the versions of a scope on %s", (generation) => {
  test.each(SCOPES)("%s is created once, and grows by one with each update", async (_what, key) => {
    const world = openWorld(generation);
    expect((await world.settings.getSettings({ key })).settingsRecord?.version).toBe(0n);
    await writeScope(world, key, { [CONCURRENCY]: 1 });
    expect((await world.settings.getSettings({ key })).settingsRecord?.version).toBe(1n);
    expect(await outcomeOf(writeScope(world, key, {}))).toBe("AlreadyExists");
    const { settingsRecord } = await world.settings.updateSettings({ key, settings: {}, version: 1n });
    expect(settingsRecord).toMatchObject({ key, version: 2n });
    expect(world.model.journal.map((entry) => entry.outcome)).toEqual(["ok", "already_exists", "ok"]);
  });

  test.each([0n, 1n, 3n])("an update that was decided upon at version %s of 2 is aborted", async (version) => {
    const world = openWorld(generation);
    await writeScope(world, DOMAIN, { [CONCURRENCY]: 1 });
    await writeScope(world, DOMAIN, { [CONCURRENCY]: 2 }, 1);
    const stale = { key: DOMAIN, settings: {}, version };
    expect(await outcomeOf(world.settings.updateSettings(stale))).toBe("Aborted");
    expect(await refusalOf(world.settings.updateSettings(stale))).toContain('domain "dev" have changed');
    expect(await resolveScope(world, DOMAIN)).toEqual({ [CONCURRENCY]: 2 });
  });

  test("an update of a scope that nobody has written is not found", async () => {
    const { settings } = openWorld(generation);
    expect(await outcomeOf(settings.updateSettings({ key: DOMAIN, settings: {}, version: 1n }))).toBe("NotFound");
  });

  test("an update replaces the whole set: keys left out are inherited again", async () => {
    const world = openWorld(generation);
    await writeScope(world, ORGANIZATION, { [CONCURRENCY]: 1 });
    await writeScope(world, DOMAIN, { [CONCURRENCY]: 2, pod_template_name: "base" });
    await writeScope(world, DOMAIN, { "task_resource.min.cpu": "1" }, 1);
    expect(await resolveScope(world, DOMAIN)).toEqual({ [CONCURRENCY]: 1, "task_resource.min.cpu": "1" });
  });

  test("a key that is sent as inherited is as good as left out", async () => {
    const world = openWorld(generation);
    const sent = { run: { maxActionConcurrency: { state: SettingState.INHERIT, intValue: 7n } } };
    await world.settings.createSettings({ key: DOMAIN, settings: sent });
    expect(await readLevels(world, DOMAIN)).toMatchObject([{}, { scope: "dev", version: 1, values: {} }]);
  });
});

describe.each(BOTH)("what a scope is told on %s", (generation) => {
  test.each([
    ["the organization", ORGANIZATION, [""]],
    ["a domain", DOMAIN, ["", "dev"]],
    ["a project", PROJECT, ["", "dev", "dev/ml"]],
  ] as const)("the levels of %s come broadest first, those not written as version 0", async (_what, key, scopes) => {
    const world = openWorld(generation);
    const missing = scopes.map((scope) => ({ scope, version: 0, values: {} }));
    expect(await readLevels(world, key)).toEqual(missing);
    await writeScope(world, key, { pod_template_name: "~unset" });
    const written = { scope: scopes.at(-1), version: 1, values: { pod_template_name: "~unset" } };
    expect(await readLevels(world, key)).toEqual([...missing.slice(0, -1), written]);
  });

  test("the scope that was asked for is repeated", async () => {
    const { settings } = openWorld(generation);
    expect((await settings.getSettingsForEdit({ key: PROJECT })).requestedKey).toMatchObject(PROJECT);
  });

  test("the narrowest scope that says something wins, key by key, and is named as the origin", async () => {
    const world = openWorld(generation);
    await writeScope(world, ORGANIZATION, { [CONCURRENCY]: 1, pod_template_name: "o", "task_resource.min.cpu": "1" });
    await writeScope(world, DOMAIN, { [CONCURRENCY]: 2, pod_template_name: "d" });
    await writeScope(world, PROJECT, { [CONCURRENCY]: 3 });
    const { settingsRecord } = await world.settings.getSettings({ key: PROJECT });
    const origins = settingsRecord?.settings && listSettings(settingsRecord.settings);
    expect(origins?.map(({ key, setting }) => [key, setting.scopeLevel])).toEqual([
      [CONCURRENCY, ScopeLevel.PROJECT],
      ["task_resource.min.cpu", ScopeLevel.ORG],
      ["pod_template_name", ScopeLevel.DOMAIN],
    ]);
    const expected = { [CONCURRENCY]: 3, "task_resource.min.cpu": "1", pod_template_name: "d" };
    expect(await resolveScope(world, PROJECT)).toEqual(expected);
  });

  test("an unset key hides what broader scopes say, until a narrower one says otherwise", async () => {
    const world = openWorld(generation);
    await writeScope(world, ORGANIZATION, { pod_template_name: "o" });
    await writeScope(world, DOMAIN, { pod_template_name: "~unset" });
    expect(await resolveScope(world, PROJECT)).toEqual({ pod_template_name: "~unset" });
    await writeScope(world, PROJECT, { pod_template_name: "p" });
    expect(await resolveScope(world, PROJECT)).toEqual({ pod_template_name: "p" });
  });

  test("maps are joined entry by entry, the narrower entry wins, and an unset map starts anew", async () => {
    const world = openWorld(generation);
    await writeScope(world, ORGANIZATION, { labels: { a: "o", b: "o" }, annotations: { a: "o" } });
    await writeScope(world, DOMAIN, { labels: { b: "d" }, annotations: "~unset" });
    await writeScope(world, PROJECT, { labels: {}, annotations: { c: "p" } });
    expect(await resolveScope(world, PROJECT)).toEqual({ labels: { a: "o", b: "d" }, annotations: { c: "p" } });
  });

  test("scopes beside each other do not see each other", async () => {
    const world = openWorld(generation);
    await writeScope(world, PROJECT, { [CONCURRENCY]: 3 });
    expect(await resolveScope(world, { ...PROJECT, project: "other" })).toEqual({});
    expect(await resolveScope(world, { ...PROJECT, domain: "prod" })).toEqual({});
    expect(await resolveScope(world, DOMAIN)).toEqual({});
  });
});

describe.each(BOTH)("a key on %s", (generation) => {
  test.each([
    ["without an organization", { org: "" }, "InvalidArgument"],
    ["of another organization", { org: "other" }, "NotFound"],
    ["with a project and no domain", { org: ORG, project: "ml" }, "InvalidArgument"],
    ["with a slash in the domain", { org: ORG, domain: "dev/ml" }, "InvalidArgument"],
    ["with a slash in the project", { org: ORG, domain: "dev", project: "a/b" }, "InvalidArgument"],
  ])("%s is refused by every call", async (_what, key, code) => {
    const { settings, model } = openWorld(generation);
    const calls = [
      settings.getSettings({ key }),
      settings.getSettingsForEdit({ key }),
      settings.createSettings({ key, settings: {} }),
      settings.updateSettings({ key, settings: {}, version: 1n }),
    ];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(calls.map(() => code));
    expect(model.state.setting.keys).toEqual([]);
  });

  test("that is missing is refused, and so are settings that are", async () => {
    const { settings } = openWorld(generation);
    expect(await outcomeOf(settings.getSettings({}))).toBe("InvalidArgument");
    expect(await outcomeOf(settings.createSettings({ settings: {} }))).toBe("InvalidArgument");
    expect(await outcomeOf(settings.createSettings({ key: DOMAIN }))).toBe("InvalidArgument");
  });
});

describe.each(BOTH)("values on %s", (generation) => {
  const VALUE = SettingState.VALUE;
  const later = Buffer.from([0x9a, 0x06, 0x03, 0x6e, 0x65, 0x77]);
  const cases: readonly (readonly [string, MessageInitShape<typeof SettingsSchema>, string])[] = [
    ["a queue that does not exist", { run: { defaultQueue: { state: VALUE, stringValue: "nope" } } }, "NotFound"],
    ["a number below 0", { run: { maxActionConcurrency: { state: VALUE, intValue: -1n } } }, "InvalidArgument"],
    ["no quantity", { taskResource: { min: { cpu: { state: VALUE, quantityValue: "lots" } } } }, "InvalidArgument"],
    [
      "a quantity below 0",
      { taskResource: { max: { gpu: { state: VALUE, quantityValue: "-1" } } } },
      "InvalidArgument",
    ],
    ["an accelerator without a name", { taskResource: { defaultAccelerator: { state: VALUE } } }, "InvalidArgument"],
    [
      "a strategy for names that there is not",
      { app: { appDnsStrategy: { state: VALUE, stringValue: "own" } } },
      "InvalidArgument",
    ],
    ["a state that is not known", { podTemplateName: { state: 7 as never, stringValue: "base" } }, "InvalidArgument"],
    ["a field that is not known", fromBinary(SettingsSchema, later), "InvalidArgument"],
  ];

  test.each(cases)("%s: refused, by an update too, and nothing is changed", async (_what, sent, code) => {
    const { settings, model } = openWorld(generation);
    await settings.createSettings({ key: DOMAIN, settings: {} });
    const before = [...model.state.setting.rows];
    expect(await outcomeOf(settings.createSettings({ key: ORGANIZATION, settings: sent }))).toBe(code);
    expect(await outcomeOf(settings.updateSettings({ key: DOMAIN, settings: sent, version: 1n }))).toBe(code);
    expect([...model.state.setting.rows]).toEqual(before);
  });

  test("0 actions, and numbers that JavaScript has no number for, are kept to the last digit", async () => {
    const world = openWorld(generation);
    await writeScope(world, ORGANIZATION, { [CONCURRENCY]: 0 });
    await writeScope(world, DOMAIN, { [CONCURRENCY]: "9223372036854775807" });
    expect(await resolveScope(world, ORGANIZATION)).toEqual({ [CONCURRENCY]: 0 });
    expect(await resolveScope(world, DOMAIN)).toEqual({ [CONCURRENCY]: "9223372036854775807" });
  });
});

describe("a queue that settings name on 2026-11", () => {
  test.each(SCOPES)("cannot be deleted while %s names it, and can be once it names another", async (_what, key) => {
    const world = openWorld("2026-11");
    await world.queue("q", {}, QueueState.DRAINED);
    await world.queue("other");
    await writeScope(world, key, { "run.default_queue": "q" });
    expect(await outcomeOf(world.deleteQueue("q"))).toBe("FailedPrecondition");
    expect(await refusalOf(world.deleteQueue("q"))).toMatch(/"q" is run.default_queue in settings of "/);
    await writeScope(world, key, { "run.default_queue": "other" }, 1);
    expect(await outcomeOf(world.deleteQueue("q"))).toBe("ok");
  });

  test("can be deleted when the key is unset or inherited wherever it was", async () => {
    const world = openWorld("2026-11");
    await world.queue("q", {}, QueueState.DRAINED);
    await writeScope(world, ORGANIZATION, { "run.default_queue": "q" });
    await writeScope(world, DOMAIN, { "run.default_queue": "q" });
    await writeScope(world, ORGANIZATION, { "run.default_queue": "~unset" }, 1);
    expect(await refusalOf(world.deleteQueue("q"))).toContain('settings of "dev"');
    await writeScope(world, DOMAIN, {}, 1);
    expect(await outcomeOf(world.deleteQueue("q"))).toBe("ok");
  });

  test("holds the cluster whose queue it is", async () => {
    const world = openWorld("2026-11");
    await world.cluster("c");
    await writeScope(world, DOMAIN, { "run.default_queue": "c" });
    await world.drainCluster("c");
    expect(await refusalOf(world.deleteCluster("c"))).toContain("run.default_queue");
    await writeScope(world, DOMAIN, {}, 1);
    expect(await outcomeOf(world.deleteCluster("c"))).toBe("ok");
  });

  test("may be drained, but not on its way out", async () => {
    const world = openWorld("2026-11");
    await world.queue("q", {}, QueueState.DRAINED);
    await writeScope(world, DOMAIN, { "run.default_queue": "q" });
    await writeScope(world, DOMAIN, {}, 1);
    await world.deleteQueue("q");
    expect(await outcomeOf(writeScope(world, DOMAIN, { "run.default_queue": "q" }, 2))).toBe("FailedPrecondition");
  });

  test("is found under its own name in every scope that is served", async () => {
    const world = openWorld("2026-11");
    await world.queue("q");
    await writeScope(world, DOMAIN, { "run.default_queue": "q" });
    const resolveIn = (value: Key) =>
      world.queues.resolveQueue({ queueName: "q", queueScope: { case: "settingKey", value } });
    expect((await resolveIn(PROJECT)).queue?.id).toMatchObject(id("q"));
    expect(await outcomeOf(resolveIn({ org: ORG, project: "ml" }))).toBe("InvalidArgument");
    expect(await outcomeOf(resolveIn({ org: "other" }))).toBe("NotFound");
  });
});
