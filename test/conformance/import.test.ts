import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runPoolkeeper } from "../set-up/run-poolkeeper.ts";
import { ORG, type Step, useRealClient, type World } from "./open-world.ts";

/** What both clients can do: pools, clusters, queues pinned to several clusters, settings. */
const BOTH: readonly Step[] = [
  "create cluster-pool prod --file prod.yaml",
  "create cluster-pool dev --file dev.yaml",
  "create cluster c1 --pool prod",
  "create cluster c2 --pool prod",
  "create cluster c3 --pool dev",
  "create cluster c4",
  "create queue pinned --cluster-pool prod --cluster c1 --cluster c2 --run-concurrency 4 --action-concurrency 0 --depth 7",
  "create queue any --cluster-pool prod --run-concurrency 1 --action-concurrency 2 --priority max",
];

/** What only one of them can: soft-deleted and drained records, or records that leave a queue behind. */
const OWN: Readonly<Record<Generation, readonly Step[]>> = {
  "2026-07": ["create cluster gone", "delete cluster gone --yes"],
  "2026-11": [
    "create queue capped --cluster-pool prod --run-concurrency 1 --action-concurrency 2 --max-resources cpu=4",
    "create queue quiet --cluster-pool prod --run-concurrency 1 --action-concurrency 2",
    "update queue quiet --drain",
    "create queue gone --run-concurrency 1 --action-concurrency 2",
    "update queue gone --drain",
    "delete queue gone --yes",
    "update cluster c3 --drain",
  ],
};

/** A folder into which a world is imported, and what came of it. */
async function importWorld(world: World) {
  const folder = join(makeTemporaryFolder(), "imported");
  const connection = ["--endpoint", world.served.url, "--org", ORG, "--scope", "dev/ml"];
  const imported = await runPoolkeeper(["import", "--out", folder, ...connection]);
  expect(imported).toMatchObject({ code: 0 });
  return {
    folder,
    stderr: imported.stderr,
    files: globSync("**/*.yaml", { cwd: folder }).sort(),
    plan: await runPoolkeeper(["plan", folder, ...connection, "--json", "--detailed-exitcode"]),
    valid: await runPoolkeeper(["validate", folder, "--strict"]),
  };
}

describe.each(GENERATIONS)("a control plane of %s that the upstream client has filled", (generation) => {
  const openWorld = useRealClient(generation);

  test("is imported as a valid folder whose plan is empty, and what can't be declared is told", async () => {
    const world = await openWorld();
    const settings = join(makeTemporaryFolder(), "settings.yaml");
    writeFileSync(settings, "run.default_queue: any\nlabels:\n  team: ml\n");
    await world.given(...BOTH, ...OWN[generation], `edit settings --from-file ${settings} --domain dev --project ml`);
    const { folder, files, stderr, plan, valid } = await importWorld(world);
    expect(valid).toMatchObject({ code: 0 });
    expect({ code: plan.code, changes: JSON.parse(plan.stdout).changes }).toEqual({ code: 0, changes: [] });
    const own = generation === "2026-07" ? [] : ["queues/capped.yaml", "queues/quiet.yaml"];
    const expected = [
      ...["c1", "c2", "c3", "c4", "dev-1"].map((name) => `clusters/${name}.yaml`),
      ...["default", "dev", "prod"].map((name) => `pools/${name}.yaml`),
      ...["queues/any.yaml", "queues/pinned.yaml", "settings/dev.ml.yaml", ...own],
      "poolkeeper.target.yaml",
    ];
    expect(files).toEqual(expected.sort());
    expect(readFileSync(join(folder, "queues/pinned.yaml"), "utf8")).toContain("clusters:\n  - c1\n  - c2\n");
    expect(stderr).toMatch(
      generation === "2026-07" ? /queue\.gone: its selector is empty/ : /queue\.gone: it is deleted/,
    );
    if (generation === "2026-11")
      expect(readFileSync(join(folder, "clusters/c3.yaml"), "utf8")).toMatch(/^state: drained$/m);
  });
});
