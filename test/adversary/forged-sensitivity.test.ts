/**
 * The attacker may write or alter the plan file, computes its checksum again, and reads the output of the job that applies it. There is no
 * plan key. Which live values are sensitive is not the file's to say, and no stale plan shows one that only the file calls harmless.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checksumOf } from "../../src/cli/saved-plan/format-plan.ts";
import { canonicalJson } from "../../src/plan/compare/digest-plan.ts";
import { pool, queue, REPOSITORY } from "../cli/manifests.ts";
import { type Desk, openAppliedDesk } from "../cli/run-program.ts";
import { editByHand, flyteClusters, openSystemsDesk, systems } from "../cli/systems.ts";

// biome-ignore lint: the shape of a forged file is whatever the attacker likes
type Forged = any;

const LIVE = "canary-live-9127";
const SENSITIVE = ["--sensitive", "settings.acme*.annotations.*"];
const VALUES = "flyte/values-override.yaml";

function forge(file: string, alter: (plan: Forged) => void): void {
  const plan: Forged = JSON.parse(readFileSync(file, "utf8"));
  alter(plan);
  const { checksum: _checksum, ...content } = plan;
  writeFileSync(file, JSON.stringify({ ...content, checksum: checksumOf(canonicalJson(content)) }));
}

const settings = (team: string, rest = "") =>
  `scope: { domain: development }\n${rest}settings: { labels: { team: ${team} }, annotations: { internal: ${LIVE} } }\n`;

/** A saved plan that changes a label beside a live value that its makers called sensitive. */
async function openWithPlan(rest = "", flags: readonly string[] = []) {
  const files = { "pools/prod.yaml": pool("prod"), "clusters/c1.yaml": "name: c1\npool: prod\n" };
  const desk = await openAppliedDesk({ ...files, "settings/dev.yaml": settings("ml", rest) });
  desk.write({ "settings/dev.yaml": settings("data", rest) });
  const file = join(desk.folder, "plan.json");
  const planned = await desk.run(["plan", desk.repository, "--out", file, ...flags]);
  expect([planned.code, planned.stderr]).toEqual([0, expect.anything()]);
  expect(planned.stdout + planned.stderr + readFileSync(file, "utf8")).not.toContain(LIVE);
  return { desk, file };
}

/** All that each way of applying a file, or looking at it, puts out. */
async function readOutputs(desk: Desk, file: string, flags: readonly string[] = []): Promise<string> {
  const outputs: string[] = [];
  for (const args of [
    ["apply", file, "--auto-approve"],
    ["apply", file, "--auto-approve", "--json"],
    ["apply", file, "--auto-approve", "--concise"],
    ["apply", file, "--auto-approve", "--manifests", desk.repository],
    ["apply", file],
    ["show", file],
  ]) {
    const { code, stdout, stderr } = await desk.run([...args, ...(args[0] === "show" ? [] : flags)]);
    if (args[0] === "apply") expect([args, code, stdout]).toEqual([args, expect.not.toBeOneOf([0]), expect.anything()]);
    outputs.push(stdout, stderr);
  }
  return outputs.join("\n");
}

/** Asks for another value at the place, and claims that it was another one. */
function unseal(plan: Forged): void {
  plan.inputs.sensitive = [];
  for (const change of plan.changes) change.before = { settings: { annotations: { internal: "q" } } };
  for (const { body } of plan.inputs.manifests) {
    if (body.settings === undefined) continue;
    delete body.sensitive;
    body.settings = { labels: { team: "zzz" }, annotations: { internal: "x" } };
  }
}

describe("a plan file that forgets what is sensitive shows no live value", () => {
  test("of `--sensitive`", async () => {
    const { desk, file } = await openWithPlan("", SENSITIVE);
    forge(file, unseal);
    const output = await readOutputs(desk, file);
    expect(output).not.toContain("canary");
    expect(output).toContain(
      "settings.acme/development: settings.annotations.internal changed since the plan was made",
    );
  });

  test("of `sensitive:` in a manifest", async () => {
    const { desk, file } = await openWithPlan("sensitive: [annotations.internal]\n");
    forge(file, unseal);
    expect(await readOutputs(desk, file)).not.toContain("canary");
  });

  test("whatever part of the plan repeats it", async () => {
    const { desk, file } = await openWithPlan("", SENSITIVE);
    forge(file, (plan) => {
      unseal(plan);
      Object.assign(plan, { changes: [], steps: [], notices: [], checks: [], routing: [], impact: [] });
      plan.inputs.read = {};
    });
    expect(await readOutputs(desk, file)).not.toContain("canary");
  });

  test("of a file that is delivered", async () => {
    const desk = await openSystemsDesk();
    const flags = systems(desk);
    desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1", "dp2") });
    expect((await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).code).toBe(0);
    desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1") });
    const file = join(desk.folder, "plan.json");
    expect((await desk.run(["plan", desk.repository, "--out", file, ...flags])).code).toBe(0);
    editByHand(desk.output, VALUES, `internal: ${LIVE}\n`);
    const output = await readOutputs(desk, file, flags);
    expect(output).not.toContain("canary");
    expect(output).toContain(`flyte_clusters.flyte: files.${VALUES} changed since the plan was made`);
  });
});

describe("a plan file that was made with a store", () => {
  const store = (desk: Desk) => ["--store", join(desk.folder, "store")];
  const any = (depth: number) => queue("any", "prod", ["*"], `depth: ${depth}\n`);
  const depthOf = (desk: Desk) => desk.served.model.state.queue.rows.get("any")?.spec.depth;

  /** A file that was applied, and what it did was taken back since. */
  async function openReplayed() {
    const desk = await openAppliedDesk({ ...REPOSITORY, "queues/any.yaml": any(11) });
    const apply = (path: string) => desk.run(["apply", path, "--auto-approve", ...store(desk)]);
    expect((await apply(desk.repository)).code).toBe(0);
    desk.write({ "queues/any.yaml": any(12) });
    const file = join(desk.folder, "plan.json");
    expect((await desk.run(["plan", desk.repository, "--out", file, ...store(desk)])).code).toBe(0);
    expect([(await apply(file)).code, depthOf(desk)]).toEqual([0, 12]);
    desk.write({ "queues/any.yaml": any(11) });
    expect([(await apply(desk.repository)).code, depthOf(desk)]).toEqual([0, 11]);
    return { desk, file, apply };
  }

  test.each([
    ["no time", (plan: Forged) => delete plan.inputs.written],
    ["no time and no code", (plan: Forged) => [delete plan.inputs.written, delete plan.mac]],
    ["another time", (plan: Forged) => Object.assign(plan.inputs.written, { "queue.any": "2099-01-01T00:00:00.000Z" })],
    ["nothing that was written", (plan: Forged) => Object.assign(plan.inputs, { written: {} })],
  ])("is not applied again with %s of what was written last", async (_what, alter) => {
    const { desk, file, apply } = await openReplayed();
    forge(file, alter);
    const { code, stderr } = await apply(file);
    expect([code, stderr]).toEqual([5, expect.stringContaining("Plan again")]);
    expect(depthOf(desk)).toBe(11);
  });

  test("says what live values are by now where nobody altered it, and nothing where somebody did", async () => {
    const desk = await openAppliedDesk({ ...REPOSITORY, "settings/dev.yaml": settings("ml") });
    desk.write({ "settings/dev.yaml": settings("data") });
    const file = join(desk.folder, "plan.json");
    expect((await desk.run(["plan", desk.repository, "--out", file, ...store(desk)])).code).toBe(0);
    const value = { team: "other" };
    await desk.post("/mutate", { op: "set", kind: "settings", name: "development", path: "labels", value });
    const stale = await desk.run(["apply", file, "--auto-approve", ...store(desk)]);
    expect([stale.code, stale.stderr]).toEqual([5, expect.stringContaining('settings.labels.team is "other" now')]);
    forge(file, unseal);
    const forged = await desk.run(["apply", file, "--auto-approve", ...store(desk)]);
    expect([forged.code, forged.stderr]).toEqual([5, expect.stringContaining("altered")]);
    expect(forged.stdout + forged.stderr).not.toContain("canary");
  });
});
