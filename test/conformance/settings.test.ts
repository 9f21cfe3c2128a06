import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JournalEntry } from "../../src/embedded/model/create-model.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { formatScope, SETTING_KEYS, type SettingsScope, type SettingValues } from "../../src/model/objects/settings.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { open as connect } from "../systems/control-plane/fixtures/open.ts";
import { useRealClient, type World } from "./open-world.ts";

const QUEUE = "create queue gpu --run-concurrency 1 --action-concurrency 2";
const SCOPES: readonly (readonly [string, string, SettingsScope])[] = [
  ["the organization", "", { domain: null, project: null }],
  ["a domain", " --domain dev", { domain: "dev", project: null }],
  ["a project", " --domain dev --project ml", { domain: "dev", project: "ml" }],
];
const FULL = `
run.default_queue: gpu
run.max_action_concurrency: 7
run.run_base_dir: s3://bucket/prefix
security.service_account: ~unset
task_resource.min.cpu: 500m
task_resource.min.gpu: 1
task_resource.max.memory: ~unset
task_resource.mirror_limits_request: true
labels:
  team: ml
  cost-center: "12"
annotations: ~unset
environment_variables: {}
`;
const FULL_VALUES: SettingValues = {
  "run.default_queue": "gpu",
  "run.max_action_concurrency": 7,
  "run.run_base_dir": "s3://bucket/prefix",
  "security.service_account": "~unset",
  "task_resource.min.cpu": "500m",
  "task_resource.min.gpu": "1",
  "task_resource.max.memory": "~unset",
  "task_resource.mirror_limits_request": true,
  labels: { team: "ml", "cost-center": "12" },
  annotations: "~unset",
  environment_variables: {},
};

/** What the client prints for FULL_VALUES. It takes a map of its own scope that is unset or empty for an inherited one. */
const FULL_PRINTED = [
  "run.default_queue: gpu",
  "run.max_action_concurrency: 7",
  'run.run_base_dir: "s3://bucket/prefix"',
  "security.service_account: ~unset",
  'task_resource.min.cpu: "500m"',
  'task_resource.min.gpu: "1"',
  "task_resource.max.memory: ~unset",
  "task_resource.mirror_limits_request: true",
  "labels:",
  'cost-center: "12"',
  "Inherited settings (uncomment to override at this scope)",
  "annotations: ~unset (inherited from",
  "environment_variables: (inherited from",
];

function saveFile(text: string): string {
  const file = join(makeTemporaryFolder(), "settings.yaml");
  writeFileSync(file, text);
  return file;
}

function storedSettings(world: World, scope: string) {
  return world.stored().settings.find((settings) => settings.scope === scope);
}

/** What a request that went well puts into a scope, in the terms of the wire. */
function sentSettings(entry: JournalEntry | undefined): unknown {
  expect(entry).toMatchObject({ outcome: "ok", request: { key: expect.anything(), settings: expect.anything() } });
  const { key, settings } = Object(entry?.request);
  return { key, settings };
}

describe.each(GENERATIONS)("settings with the client of %s", (generation: Generation) => {
  const open = useRealClient(generation);

  test.each(SCOPES)(
    "a file for %s is stored as it says, and replaced by the next one",
    async (_where, flags, where) => {
      const world = await open();
      const scope = formatScope(where);
      await world.given(QUEUE, `edit settings${flags} --from-file ${saveFile(FULL)}`);
      expect(storedSettings(world, scope)).toEqual({ scope, version: 1, values: FULL_VALUES });
      const printed = await world.flyte(`edit settings${flags} --from-file ${saveFile("run.default_queue: ~unset")}`);
      expect(printed.text).toContain("~ run.default_queue: gpu → UNSET");
      expect(printed.text).toContain("- run.max_action_concurrency: 7");
      expect(storedSettings(world, scope)).toEqual({ scope, version: 2, values: { "run.default_queue": "~unset" } });
    },
  );

  test.each(SCOPES)("what is written for %s is read by poolkeeper as the file says", async (_where, flags, scope) => {
    const world = await open();
    const { reader } = connect({ endpoint: world.served.url });
    expect(await reader.getSettings(scope)).toEqual({ version: "0", values: {}, unknown: [] });
    await world.given(QUEUE, `edit settings${flags} --from-file ${saveFile(FULL)}`);
    expect(await reader.getSettings(scope)).toEqual({ version: "1", values: FULL_VALUES, unknown: [] });
  });

  test.each(SCOPES)(
    "what poolkeeper writes for %s is printed, and is what the client sends",
    async (_where, flags, scope) => {
      const world = await open();
      const { writer } = connect({ endpoint: world.served.url });
      await world.given(QUEUE);
      await writer.writeSettings(scope, FULL_VALUES, "0");
      const { text } = await world.flyte(`get settings${flags}`);
      const places = FULL_PRINTED.map((line) => text.indexOf(`\n${line}`));
      expect(places.filter((place) => place < 0)).toEqual([]);
      expect(places).toEqual(places.toSorted((left, right) => left - right));
      await world.given(`edit settings${flags} --from-file ${saveFile("{}")}`);
      await world.given(`edit settings${flags} --from-file ${saveFile(FULL)}`);
      expect(sentSettings(world.journal().at(-1))).toEqual(sentSettings(world.journal().at(-3)));
    },
  );

  test("a scope saved to a file changes nothing when it is edited from that file", async () => {
    const world = await open();
    const withoutHiddenMaps = FULL.replace(/annotations.*|environment_variables.*/g, "");
    await world.given(QUEUE, `edit settings --domain dev --from-file ${saveFile(withoutHiddenMaps)}`);
    const file = saveFile("");
    await world.given(`get settings --domain dev --to-file ${file}`);
    const again = await world.flyte(`edit settings --domain dev --from-file ${file}`);
    expect(again).toMatchObject({ code: 0, text: expect.stringContaining("No changes detected.") });
  });

  test("a scope is shown with what it inherits and where from", async () => {
    const world = await open();
    const own = saveFile("run.max_action_concurrency: 3\nlabels: {team: ml}");
    await world.given(QUEUE, `edit settings --from-file ${saveFile("run.default_queue: gpu\nlabels: {org: acme}")}`);
    await world.given(`edit settings --domain dev --from-file ${own}`);
    const { code, text } = await world.flyte("get settings --domain dev --project ml");
    expect(code).toBe(0);
    expect(text).toContain("Settings for scope: PROJECT(dev/ml)");
    expect(text).toContain("run.default_queue: gpu (inherited from ORG)");
    expect(text).toContain("run.max_action_concurrency: 3 (inherited from DOMAIN(dev))");
    expect(text).toContain("labels: (inherited from DOMAIN(dev))\nteam: ml\n");
  });

  test("a scope nobody has written offers the keys of the catalogue, spelled alike and in the same order", async () => {
    const world = await open();
    const { text } = await world.flyte("get settings --domain dev");
    const offered = [...text.matchAll(/^([a-z_.]+): ?(''|0|false|\{\})$/gm)].map(([, key]) => key);
    const known = [...SETTING_KEYS].filter(([, { since }]) => generation === "2026-11" || since === "2026-07");
    expect(offered).toEqual(known.map(([key]) => key));
  });

  test("an edit in the editor is stored once it is confirmed, and not when it is declined", async () => {
    const world = await open();
    await world.given(QUEUE);
    const edit = ["s/^# run.default_queue:.*/run.default_queue: gpu/"];
    const declined = await world.flyte("edit settings --domain dev", { edit, input: "n\n" });
    expect(declined.text).toContain("Changes discarded.");
    expect(storedSettings(world, "dev")).toBeUndefined();
    const confirmed = await world.flyte("edit settings --domain dev", { edit, input: "y\n" });
    expect(confirmed.text).toContain("✓ Settings updated successfully");
    expect(storedSettings(world, "dev")?.values).toEqual({ "run.default_queue": "gpu" });
  });

  test("a file that changes nothing is not written", async () => {
    const world = await open();
    const file = saveFile("run.max_action_concurrency: 3");
    await world.given(`edit settings --from-file ${file}`);
    const writes = world.journal().length;
    expect((await world.flyte(`edit settings --from-file ${file}`)).text).toContain("No changes detected.");
    expect(world.journal().length).toBe(writes);
  });

  test("a writer that was overtaken is refused and changes nothing", async () => {
    const world = await open();
    await world.given(`edit settings --from-file ${saveFile("run.max_action_concurrency: 3")}`);
    const overtake = { op: "set", kind: "settings", name: "", path: "run.max_action_concurrency", value: 4 };
    const fetchIt = `fetch("${world.served.adminUrl}/mutate", {method: "POST", body: JSON.stringify(${JSON.stringify(overtake)})})`;
    const edit = [
      `1e ${process.execPath} -e '${fetchIt}' > /dev/null`,
      "s/^run.max_action_concurrency:.*/run.max_action_concurrency: 5/",
    ];
    const printed = await world.flyte("edit settings", { edit, input: "y\n" });
    expect(printed).toMatchObject({
      code: 1,
      text: expect.stringContaining("have changed: their version is 2, not 1"),
    });
    expect(world.journal().at(-1)).toMatchObject({ method: "SettingsService/UpdateSettings", outcome: "aborted" });
    expect(storedSettings(world, "")).toMatchObject({ version: 2, values: { "run.max_action_concurrency": 4 } });
  });

  test.each([
    ["a queue that does not exist", "run.default_queue: nope", 'queue "nope" does not exist'],
    ["a quantity that is none", "task_resource.min.cpu: lots", "is no Kubernetes quantity"],
    ["a negative limit", "run.max_action_concurrency: -1", "is less than 0"],
  ])("%s is refused and changes nothing", async (_what, text, reason) => {
    const world = await open();
    const printed = await world.flyte(`edit settings --from-file ${saveFile(text)}`);
    expect(printed).toMatchObject({ code: 1, text: expect.stringContaining(reason) });
    expect(world.stored().settings).toEqual([]);
  });
});

describe("settings with the client of 2026-11 alone", () => {
  const open = useRealClient("2026-11");

  test("the keys of the newer client are stored, an accelerator by its canonical name as by any other", async () => {
    const world = await open();
    const keys = "app.app_dns_strategy: shared\npod_template_name: base\ntask_resource.default_accelerator:";
    await world.given(`edit settings --from-file ${saveFile(`${keys} google-tpu-v5e`)}`);
    const [settings] = world.stored().settings;
    expect(settings?.values).toMatchObject({ "app.app_dns_strategy": "shared", pod_template_name: "base" });
    expect(settings?.values).toMatchObject({ "task_resource.default_accelerator": "google-tpu-v5e" });
    expect((await world.flyte("get settings")).text).toContain("task_resource.default_accelerator: google-tpu-v5e");
    await world.given(`edit settings --from-file ${saveFile(`${keys} H100`)}`);
    expect(world.stored().settings[0]?.values).toMatchObject({ "task_resource.default_accelerator": "H100" });
  });

  test.each(["google-tpu-v5e", "nvidia-h100", "H100", "A100/1g.5gb"])(
    "poolkeeper sends the accelerator %s as the client does",
    async (accelerator) => {
      const world = await open();
      const { reader, writer } = connect({ endpoint: world.served.url });
      const scope: SettingsScope = { domain: "dev", project: null };
      const values = { "task_resource.default_accelerator": accelerator };
      await writer.writeSettings(scope, values, "0");
      await world.given(`edit settings --domain dev --from-file ${saveFile("{}")}`);
      await world.given(`edit settings --domain dev --from-file ${saveFile(JSON.stringify(values))}`);
      expect(sentSettings(world.journal().at(-1))).toEqual(sentSettings(world.journal().at(-3)));
      expect(await reader.getSettings(scope)).toMatchObject({ values, unknown: [] });
    },
  );

  test("a queue that a scope names is not deleted until the scope names another", async () => {
    const world = await open();
    await world.given(QUEUE, `edit settings --domain dev --from-file ${saveFile("run.default_queue: gpu")}`);
    await world.given("update queue gpu --drain");
    const refused = await world.flyte("delete queue gpu --yes");
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('in settings of "dev"') });
    await world.given(`edit settings --domain dev --from-file ${saveFile("{}")}`, "delete queue gpu --yes");
  });
});

describe("settings with the client of 2026-07 alone", () => {
  const open = useRealClient("2026-07");

  test("what it does not know of a scope is neither shown nor kept when it writes the scope", async () => {
    const world = await open();
    const { reader, writer } = connect({ endpoint: world.served.url });
    const scope: SettingsScope = { domain: "dev", project: null };
    await writer.writeSettings(scope, { pod_template_name: "base", "run.max_action_concurrency": 3 }, "0");
    expect((await world.flyte("get settings --domain dev")).text).not.toContain("pod_template_name");
    await world.given(`edit settings --domain dev --from-file ${saveFile("run.max_action_concurrency: 4")}`);
    const values = { "run.max_action_concurrency": 4 };
    expect(await reader.getSettings(scope)).toEqual({ version: "2", values, unknown: [] });
  });
});
