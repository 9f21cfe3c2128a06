import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { cluster, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { openAppliedDesk } from "./run-program.ts";

const FILES = {
  ...REPOSITORY,
  "clusters/c2.yaml": cluster("c2", "prod", "queue: { depth: 60, priority: max }\n"),
};

const LIMITED = {
  ...FILES,
  "queues/batch.yaml": queue(
    "batch",
    "prod",
    ["c1", "c2"],
    "max_resources: { cpu: 4 }\nmax_accelerators: { H100: 8 }\n",
  ),
};

const seen = ({ changes }: Plan) => changes.map(({ address, origin }) => `${address} ${origin}`);

const BOTH: readonly (readonly [string, string, string, unknown])[] = [
  ["queue", "batch", "run_concurrency", 3],
  ["queue", "batch", "action_concurrency", 3],
  ["queue", "batch", "depth", 3],
  ["queue", "batch", "priority", "max"],
  ["queue", "batch", "clusters", ["c2"]],
  ["queue", "batch", "clusters", []],
  ["queue", "batch", "clusters", ["*"]],
  ["queue", "c2", "depth", 3],
  ["queue", "c2", "priority", "min"],
  ["cluster_pool", "prod", "config.object_store_ref.uri", "s3://elsewhere"],
  ["cluster_pool", "prod", "config.object_store_ref.endpoint", "http://minio"],
  ["cluster_pool", "prod", "config.secret_store.type", "VAULT"],
  ["cluster_pool", "prod", "config.secret_store.locator", "elsewhere"],
  ["cluster_pool", "prod", "config.image_registry", { locator: "registry" }],
];

const NEWER: typeof BOTH = [
  ["queue", "batch", "scheduling", "greedy_capacity"],
  ["queue", "batch", "max_resources", { cpu: "2" }],
  ["queue", "batch", "state", "drained"],
  ["cluster", "c1", "state", "drained"],
];

describe.each(GENERATIONS)("a change past git on generation %s", (generation) => {
  const newer = generation === "2026-11";

  test("of any field is shown as drift, taken back by apply, and not there in the next plan", async () => {
    const desk = await openAppliedDesk(newer ? LIMITED : FILES, generation, "store");
    for (const [kind, name, path, value] of newer ? [...BOTH, ...NEWER] : BOTH) {
      await desk.post("/mutate", { op: "set", kind, name, path, value });
      const address = kind === "queue" && name === "c2" ? "cluster.c2" : `${kind}.${name}`;
      const taken = await planInProcess(desk, { store: "store", apply: true });
      expect({ path, seen: seen(taken) }).toEqual({ path, seen: [`${address} drift`] });
      expect((await planInProcess(desk, { store: "store" })).changes).toEqual([]);
    }
  });

  test("of what a cluster implies for its own queue is drift too", async () => {
    const desk = await openAppliedDesk(FILES, generation, "store");
    const [path, value] = newer ? ["state", "drained"] : ["clusters", ["c2"]];
    await desk.post("/mutate", { op: "set", kind: "queue", name: "c1", path, value });
    expect(seen(await planInProcess(desk, { store: "store" }))).toEqual(["cluster.c1 drift"]);
  });
});

describe("a limit that past git", () => {
  test.each([
    ["is set where the manifest has none", "max_resources", { cpu: "4", memory: "1Gi" }],
    ["is taken away", "max_resources", {}],
    ["is taken away", "max_accelerators", []],
  ])("%s is drift too: %s", async (_what, path, value) => {
    const desk = await openAppliedDesk(LIMITED, "2026-11", "store");
    await desk.post("/mutate", { op: "set", kind: "queue", name: "batch", path, value });
    expect(seen(await planInProcess(desk, { store: "store" }))).toEqual(["queue.batch drift"]);
  });
});

describe("a queue that the control plane keeps from its earlier generation", () => {
  test("with a fairness that is no more there can still be changed, and the plan says that it becomes another", async () => {
    const desk = await openAppliedDesk(FILES);
    await desk.post("/mutate", {
      ...{ op: "set", kind: "queue", name: "batch" },
      ...{ path: "fairness", value: "shuffle_interleave" },
    });
    desk.write({ "queues/batch.yaml": queue("batch", "prod", ["c1", "c2"], "depth: 7\n") });
    const { code, stdout } = await desk.run(["apply", desk.repository, "--auto-approve"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 changed")]);
    expect(stdout).toContain('~ fairness = "shuffle_interleave" -> "round_robin"');
    expect(stdout).toContain("Queue batch is updated, which also sets its fairness to round_robin");
    expect((await desk.run(["plan", desk.repository])).stdout).toContain("No changes.");
  });
});
