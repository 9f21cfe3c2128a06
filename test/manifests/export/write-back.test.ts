import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOTHING_RECALLED } from "../../../src/apply/recall.ts";
import { takeUp } from "../../../src/apply/take-up.ts";
import { draftImport } from "../../../src/cli/commands/draft-import.ts";
import { dropReferences } from "../../../src/manifests/drop-references.ts";
import { LAYOUTS } from "../../../src/manifests/export/lay-out-files.ts";
import { writeBack } from "../../../src/manifests/export/write-back.ts";
import { buildLoaded, hasErrors } from "../../../src/manifests/load-desired.ts";
import type { Address } from "../../../src/model/address.ts";
import type { JsonObject } from "../../../src/model/json/json.ts";
import type { Desired } from "../../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation, type LiveState } from "../../../src/model/objects/live.ts";
import type { ManifestFile } from "../../../src/model/objects/manifest.ts";
import { nameSettings, type SettingValues } from "../../../src/model/objects/settings.ts";
import { PRIORITIES } from "../../../src/model/objects/spec.ts";
import { type Change, isNoOp } from "../../../src/model/plan/plan.ts";
import { computePlan } from "../../../src/plan/compute-plan.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { arbitraryDesired } from "../../plan/arbitrary-desired.ts";
import { OPTIONS, openWorld, planWorld } from "../../plan/open-model.ts";
import { carryOut } from "../../plan/walk-plan.ts";
import { arbitraryPlaces } from "./arbitrary-places.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 30),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** What somebody sets on queues and settings, by their position. */
const drifts = fc.record({
  queues: fc.array(
    fc.record(
      {
        run_concurrency: fc.nat(50),
        action_concurrency: fc.nat(50),
        depth: fc.integer({ min: 1, max: 20_000 }),
        priority: fc.constantFrom(...PRIORITIES),
        max_resources: fc.dictionary(fc.constantFrom("cpu", "memory"), fc.constantFrom("1", "4", "8Gi")),
        max_accelerators: fc.dictionary(fc.constantFrom("nvidia-h100", "nvidia-l4"), fc.integer({ min: 1, max: 9 })),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 6 },
  ),
  cleared: fc.array(fc.boolean(), { maxLength: 6 }),
  values: fc.array(fc.constantFrom("a", "yes", "it's", "0.5"), { maxLength: 6 }),
});
type Drift = typeof drifts extends fc.Arbitrary<infer T> ? T : never;

/** A live state that somebody changed. Settings lose values, and flyteadmin's labels get others. */
function change(live: LiveState, { queues, cleared, values }: Drift): LiveState {
  return {
    ...live,
    queues: live.queues.map((queue, index) => ({ ...queue, spec: { ...queue.spec, ...queues[index] } })),
    settings: live.settings.map((record, index) =>
      cleared[index] === true
        ? { ...record, values: Object.fromEntries(Object.entries(record.values).slice(1)) }
        : record,
    ),
    flyteadmin: {
      ...live.flyteadmin,
      rows: live.flyteadmin.rows.map((row, index) =>
        row.kind === "execution_cluster_label" ? { ...row, value: values[index] ?? row.value } : row,
      ),
    },
  };
}

/** Comments of their own on every line that can have one, and between lines. */
function comment({ path, text }: ManifestFile): ManifestFile {
  const lines = text.split("\n").flatMap((line, index) => {
    const isPlain = /^\s*(- )?[\w.~-]+(: [\w."/-]+|:)?$/.test(line);
    return isPlain
      ? [`${/^\s*/.exec(line)?.[0]}# ${path} above ${index}`, `${line} # ${path} beside ${index}`]
      : [line];
  });
  return { path, text: lines.join("\n") };
}

function plan(live: LiveState, desired: Desired): readonly Change[] {
  const options = { ...OPTIONS, prune: "none" as const, allow: [] };
  const input = { ...takeUp(NOTHING_RECALLED, { desired, live, options }), desired, live, options, revision: null };
  return computePlan(input).body.changes.filter((change) => !isNoOp(change));
}

function load(files: readonly ManifestFile[], live: LiveState): Desired {
  const { desired, diagnostics } = buildLoaded({ files, diagnostics: [] }, { org: live.org });
  expect(hasErrors(diagnostics) ? diagnostics : []).toEqual([]);
  return dropReferences(desired);
}

/** The scopes of a folder of which a change left nothing: each is as deleted as a queue is, and its manifest is all that is known of it. */
function listEmptied(desired: Desired, { org, settings }: LiveState): readonly Address[] {
  const filled = settings.filter(({ values }) => Object.keys(values).length > 0);
  const names = new Set(filled.map(({ scope }) => nameSettings(org, scope)));
  return desired.settings.flatMap(({ address, name }) => (names.has(name) ? [] : [address])).toSorted();
}

function addressesOf(changes: readonly Change[]): readonly Address[] {
  return changes.map(({ address }) => address).toSorted();
}

function listComments(files: readonly ManifestFile[]): readonly string[] {
  return files.flatMap(({ text }) => text.match(/# .*(?:above|beside) \d+$/gm) ?? []).toSorted();
}

async function openLive(generation: Generation, past: readonly Desired[]): Promise<LiveState> {
  const world = openWorld(generation);
  for (const folder of past) await carryOut(world, await planWorld(world, folder));
  return readLive(world.reader);
}

describe.each(GENERATIONS)("what is written back of generation %s", (generation) => {
  test("plans nothing any more but what was deleted, and every comment is still there", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryDesired(generation), { minLength: 1, maxLength: 2 }),
        arbitraryPlaces,
        drifts,
        async (past, places, drift) => {
          const live = { ...(await openLive(generation, past)), ...places };
          const drifted = change(live, drift);
          for (const layout of LAYOUTS) {
            const files = draftImport(live, layout).files.map(comment);
            const desired = load(files, live);
            const changes = plan(drifted, desired);
            const { files: texts, written, left } = writeBack({ files, desired, changes, physical: new Map() });
            const after = files.map(({ path, text }) => ({ path, text: texts.get(path) ?? text }));
            const emptied = listEmptied(desired, drifted);
            expect(addressesOf(left.map(({ change }) => change))).toEqual(emptied);
            for (const { reason } of left) expect(reason).toContain("it was deleted outside");
            expect(written).toHaveLength(changes.length - emptied.length);
            expect(addressesOf(plan(drifted, load(after, live)))).toEqual(emptied);
            expect(listComments(after)).toEqual(listComments(files));
          }
        },
      ),
      SETTINGS,
    ));
});

describe("what is written back", () => {
  const POOL = "name: pa\nconfig:\n  object_store_ref: { uri: s3://pa } # ours\n  secret_store: { type: KUBERNETES }\n";
  const FILES: readonly ManifestFile[] = [
    { path: "pools/pa.yaml", text: POOL },
    { path: "clusters/c.yaml", text: "name: c1\npool: pa\nqueue: { depth: 5 }\n---\nname: c2\npool: pa # as ever\n" },
    {
      path: "queues/q.yaml",
      text: "name: q\ncluster_pool: pa\nclusters: [c1]\nrun_concurrency: 1\naction_concurrency: 1\n",
    },
    { path: "settings/acme.yaml", text: "settings:\n  run.default_queue: q\n" },
    {
      path: "settings/dev.yaml",
      text: "scope: { domain: dev }\nsettings:\n  labels: { team: ml, key: {env: KEY} } # ours\n  pod_template_name: {file: /run/name}\n",
    },
  ];
  const { desired } = buildLoaded({ files: FILES, diagnostics: [] }, { org: "acme" });
  const change = (address: Address, before: JsonObject | null, after: JsonObject | null): Change => ({
    ...{ address, before, after, physical_name: "any", previous_physical_name: null, replace_paths: [] },
    ...{ action: before === null ? "create" : "update", action_reason: "differs", origin: "drift" },
  });
  const write = (...changes: readonly Change[]) => {
    const physical = new Map<Address, string>([
      ["cluster.c1", "c1-2"],
      ["queue.q", "q-2"],
      ["cluster_pool.pa", "pa-old"],
    ]);
    const { files, left } = writeBack({ files: FILES, desired, changes, physical });
    return {
      texts: Object.fromEntries(files),
      left: left.map(({ change: { address }, reason }) => `${address}: ${reason}`),
    };
  };

  test("has the names of the manifests, not those of the control plane", () => {
    const { texts, left } = write(
      change("queue.q", { clusters: ["c1-2", "c2"], depth: 7 }, { clusters: ["c1-2"], depth: 10_000 }),
      change("cluster.c2", { pool: "pa-old", state: "drained" }, { pool: "pb", state: "active" }),
      change("settings.acme", { settings: { "run.default_queue": "q-2" } }, { settings: { "run.default_queue": "o" } }),
    );
    expect(left).toEqual(["settings.acme: its manifest already declares it"]);
    expect(texts["queues/q.yaml"]).toContain(
      "clusters: [c1, c2]\nrun_concurrency: 1\naction_concurrency: 1\ndepth: 7\n",
    );
    expect(texts["clusters/c.yaml"]).toBe(`${FILES[1]?.text}state: drained\n`);
    expect(texts["settings/acme.yaml"]).toBeUndefined();
  });

  test("is in the document that the object stands in, and several of one file do not touch each other", () => {
    const { texts } = write(
      change("cluster.c1", { pool: "pa-old", queue: { depth: 9 } }, { pool: "pa-old", queue: { depth: 5 } }),
      change("cluster.c2", { pool: "pb" }, { pool: "pa-old" }),
    );
    expect(texts).toEqual({
      "clusters/c.yaml": "name: c1\npool: pa\nqueue: { depth: 9 }\n---\nname: c2\npool: pb # as ever\n",
    });
  });

  test("reaches into the config of a pool", () => {
    const config = (uri: string, endpoint: string) => ({
      config: {
        object_store_ref: { uri, endpoint },
        secret_store: { type: "KUBERNETES", locator: "" },
        image_registry: null,
      },
    });
    const { texts } = write(change("cluster_pool.pa", config("s3://pb", "http://minio"), config("s3://pa", "")));
    expect(texts["pools/pa.yaml"]).toBe(POOL.replace("{ uri: s3://pa }", "{ uri: s3://pb, endpoint: http://minio }"));
  });

  test("leaves a reference as it is: where its value is the same, another one, or gone", () => {
    const hash = (digit: string) => ({ sealed: true, hash: digit.repeat(64) });
    const after = { settings: { labels: { team: "ml", key: hash("a") }, pod_template_name: hash("b") } };
    const live = (settings: JsonObject) => change("settings.acme/dev", { settings }, after);
    const { pod_template_name, labels } = after.settings;
    expect(write(live({ labels: { ...labels, team: "it" }, pod_template_name })).texts).toEqual({
      "settings/dev.yaml": expect.stringContaining("labels: { team: it, key: {env: KEY} } # ours"),
    });
    const refused = [
      live({ labels: { team: "ml", key: hash("c") }, pod_template_name }),
      live({ labels: { team: "ml" }, pod_template_name }),
      live({ pod_template_name }),
      live({ labels }),
    ].map((drift) => write(drift));
    expect(refused.map(({ texts }) => texts)).toEqual([{}, {}, {}, {}]);
    const words = [
      /never written into files: labels.key/,
      /refers .* labels.key/,
      /refers .* labels.key/,
      /refers .* pod_/,
    ];
    expect(refused.map(({ left }) => left)).toEqual(words.map((word) => [expect.stringMatching(word)]));
  });

  test("leaves a scope that lost its last setting, and drops the one that another scope lost beside others", async () => {
    const record = (domain: string | null, values: SettingValues) => ({
      ...{ scope: { domain, project: null }, version: "1", values, unknown: [] },
    });
    const own = { "task_resource.max.gpu": "1" };
    const read = await openLive("2026-11", []);
    const live = (last: SettingValues, one: SettingValues): LiveState => ({
      ...{ ...read, systems: { ...read.systems, settings: "read" } },
      settings: [record(null, last), record("dev", one)],
    });
    const { files, desired: declared } = draftImport(live(own, { ...own, "run.run_base_dir": "s3://a" }), "per-object");
    const changes = plan(live({}, { "run.run_base_dir": "s3://a" }), declared);
    const { files: texts, left } = writeBack({ files, desired: declared, changes, physical: new Map() });
    expect(Object.fromEntries(texts)).toEqual({
      "settings/dev.yaml": "scope:\n  domain: dev\nsettings:\n  run.run_base_dir: s3://a\n",
    });
    expect(left.map(({ change, reason }) => `${change.address}: ${reason}`)).toEqual([
      expect.stringContaining("settings.acme: it was deleted outside"),
    ]);
  });

  test("is nothing of what was deleted, has no manifest, or can't be said", () => {
    const { texts, left } = write(
      change("queue.q", null, { depth: 1 }),
      change("queue.stranger", { depth: 2 }, { depth: 1 }),
      change("cluster.c1", { queue: { state: "drained", depth: 9 } }, { queue: { state: "active", depth: 5 } }),
    );
    expect(texts).toEqual({});
    expect(left).toEqual([
      expect.stringContaining("queue.q: it was deleted outside"),
      "queue.stranger: no manifest declares it",
      "cluster.c1: a manifest can't declare queue.state of a cluster",
    ]);
  });
});
