import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { connectionArguments, runFlyte } from "../set-up/real-client.ts";
import { runPoolkeeper } from "../set-up/run-poolkeeper.ts";

const ORG = "acme";
const EXAMPLE = join(import.meta.dirname, "..", "..", "examples", "config-repo");
const PACE = { reportAfterMs: 20, handOverMs: 50, halfLifeMs: 50, heartbeatMs: 1000 };

/** A copy of the example, a control plane with a data plane, and both programs on them. */
async function openRepository(generation: Generation) {
  const served = await serveControlPlane({ generation, org: ORG, simulation: PACE });
  onTestFinished(() => served.close());
  const folder = makeTemporaryFolder();
  cpSync(EXAMPLE, folder, { recursive: true });
  const poolkeeper = (command: string, ...flags: readonly string[]) =>
    runPoolkeeper([command, folder, ...flags, "--endpoint", served.url, "--org", ORG]);
  return {
    apply: () => poolkeeper("apply", "--auto-approve", "--wait", "10m"),
    plan: async () => {
      const { code, stdout } = await poolkeeper("plan", "--json", "--detailed-exitcode");
      return { code, plan: JSON.parse(stdout) };
    },
    flyte: async (...command: readonly string[]) => {
      const args = [...connectionArguments(served.url, ORG), "-of", "json-raw", ...command];
      const { code, stdout, stderr } = await runFlyte({ generation, args });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout);
    },
    replaceText: (file: string, before: string, after: string) => {
      const path = join(folder, file);
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(before, after));
    },
  };
}

describe.each([
  {
    generation: "2026-07",
    moved: "prod-us-west-2-dev",
    action: "replace",
    summary: { add: 0, change: 2, replace: 1, destroy: 0 },
    left: [{ name: "prod-us-west-2", cluster_pool: "prod", clusters: [] }],
  },
  {
    generation: "2026-11",
    moved: "prod-us-west-2",
    action: "move",
    summary: { add: 0, change: 3, replace: 0, destroy: 0 },
    left: [],
  },
] as const)("from a folder to a control plane of $generation, by the upstream client's account", (expected) => {
  const { generation, moved, action, summary, left } = expected;

  test("the example is applied, a cluster goes to another pool, and nothing is left to do", async () => {
    const { apply, plan, flyte, replaceText } = await openRepository(generation);
    expect(await apply()).toMatchObject({ code: 0 });
    expect((await plan()).code).toBe(0);

    replaceText("clusters/prod-us-west-2.yaml", "pool: prod", "pool: dev");
    replaceText("queues/batch.yaml", "prod-us-west-2", "prod-us-east-1");
    replaceText("queues/experiments.yaml", "  - dev-us-east-1", "  - dev-us-east-1\n  - prod-us-west-2");
    const planned = await plan();
    expect(planned).toMatchObject({ code: 2, plan: { summary } });
    const change = planned.plan.changes.find(
      ({ address }: { address: string }) => address === "cluster.prod-us-west-2",
    );
    expect(change).toMatchObject({ action, physical_name: moved, before: { pool: "prod" }, after: { pool: "dev" } });

    expect(await apply()).toMatchObject({ code: 0 });
    expect(await plan()).toMatchObject({ code: 0 });

    const clusters: { spec: { id: { name: string } }; pool: { name: string } }[] = await flyte("get", "cluster");
    expect(Object.fromEntries(clusters.map(({ spec, pool }) => [spec.id.name, pool.name]))).toEqual({
      sandbox: "default",
      "dev-us-east-1": "dev",
      "prod-us-east-1": "prod",
      [moved]: "dev",
    });
    const queues: { name: string }[] = await flyte("get", "queue");
    expect(queues).toEqual(
      expect.arrayContaining(
        [
          { name: "batch", status: "active", cluster_pool: "prod", clusters: ["prod-us-east-1"], depth: 50_000 },
          { name: "experiments", status: "active", cluster_pool: "dev", clusters: ["dev-us-east-1", moved] },
          { name: "interactive", status: "active", cluster_pool: "prod", clusters: ["*"], priority: "max" },
          { name: moved, status: "active", cluster_pool: "dev", clusters: [moved] },
          ...left,
        ].map((queue) => expect.objectContaining(queue)),
      ),
    );
    expect(queues).toHaveLength(8 + left.length);
  });
});
