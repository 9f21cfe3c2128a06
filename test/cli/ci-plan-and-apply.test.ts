import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { cluster, pool, queue } from "./manifests.ts";
import { openDesk, PROGRAM } from "./run-program.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../docs/pull-requests.md"), "utf8");
const [, EXAMPLE = ""] = /```yaml\n(# \.gitlab-ci\.yml\n.*?)```/s.exec(DOCUMENT) ?? [];

interface Job {
  readonly script: readonly string[];
}

/** A checkout with `poolkeeper` on its path, and a store that both jobs reach. */
async function openPipeline() {
  const desk = await openDesk();
  const [bin, checkout] = [join(desk.folder, "bin"), join(desk.folder, "checkout")];
  for (const folder of [bin, join(checkout, "routing/pools"), join(checkout, "routing/queues")]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(join(bin, "poolkeeper"), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(join(bin, "poolkeeper"), 0o755);
  writeFileSync(join(checkout, "routing/pools/prod.yaml"), pool("prod", "member_clusters: [c1]\n"));
  writeFileSync(join(checkout, "routing/queues/any.yaml"), queue("any", "prod", ["*"]));
  const secrets = { POOLKEEPER_STORE: join(desk.folder, "store"), POOLKEEPER_PLAN_KEY: "k".repeat(64) };
  const env = { ...desk.env, ...secrets, PATH: `${bin}:${desk.env.PATH}` };
  const jobs = load(EXAMPLE) as Readonly<Record<string, Job>>;
  const run = (job: string, more: Readonly<Record<string, string>> = {}) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const script = (jobs[job]?.script ?? ["false"]).join("\n");
      const options = { cwd: checkout, env: { ...env, ...more } };
      execFile("sh", ["-ec", script], options, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
      });
    });
  return { desk, checkout, run };
}

describe("the jobs that docs/pull-requests.md shows", () => {
  test("plan in one and apply in the other", async () => {
    const { desk, run } = await openPipeline();
    expect(await run("plan")).toMatchObject({ code: 0 });
    expect(await run("apply")).toMatchObject({ code: 0, output: expect.stringContaining("Apply complete!") });
    expect(desk.served.model.state.queue.rows.get("any")?.spec.cluster_pool).toBe("prod");
  });

  test("refuse a plan whose artefact was swapped on the way, however well it was made", async () => {
    const { desk, checkout, run } = await openPipeline();
    const evil = join(checkout, "routing/clusters");
    mkdirSync(evil);
    writeFileSync(join(evil, "evil.yaml"), cluster("evil", "prod"));
    // The attacker has everything of the job but its secrets.
    expect(await run("plan", { POOLKEEPER_PLAN_KEY: "a".repeat(64) })).toMatchObject({ code: 0 });
    const applied = await run("apply");
    expect(applied).toMatchObject({ code: 1, output: expect.stringContaining("not authenticated by the plan key") });
    expect(desk.served.model.journal).toEqual([]);
  });

  test("fail where the job does not get the key", async () => {
    const { desk, run } = await openPipeline();
    expect(await run("plan")).toMatchObject({ code: 0 });
    const applied = await run("apply", { POOLKEEPER_PLAN_KEY: "" });
    expect(applied).toMatchObject({ code: 1, output: expect.stringContaining("POOLKEEPER_PLAN_KEY is empty") });
    expect(desk.served.model.journal).toEqual([]);
  });
});
