import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checksumOf, formatPlan, formatSavedPlan } from "../../../src/cli/saved-plan/format-plan.ts";
import { createPlanKey } from "../../../src/cli/saved-plan/plan-key.ts";
import { MOST_PLAN_BYTES, readPlanFile } from "../../../src/cli/saved-plan/read-plan-file.ts";
import type { PlanInputs } from "../../../src/cli/saved-plan/saved-plan.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { canonicalJson } from "../../../src/plan/compare/digest-plan.ts";
import { SITUATIONS } from "../../plan/plan-case.ts";
import { readPlan } from "../../report/read-plan.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

const SITUATION = "2026-07-cluster-changes-pool-while-work-runs";
const INPUTS: PlanInputs = {
  manifests: [{ file: "clusters/gpu-1.yaml", line: 1, body: { name: "gpu-1", pool: "prod" } }],
  scopes: [{ domain: "development", project: null }],
  read: { "cluster.gpu-1": "0".repeat(32) },
  ...{ sensitive: [], sealing_key: null, encrypted: null },
};

function save(content: unknown): string {
  const file = join(makeTemporaryFolder(), "plan.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** A plan file with some of its parts changed by someone who knows how its checksum is computed. */
function forge(change: (plan: Plan) => unknown, inputs: unknown = INPUTS): string {
  const plan = readPlan(SITUATION);
  const content = { ...plan, ...(change(plan) as Partial<Plan>), made_by: "0.1.0", inputs };
  return save({ ...content, checksum: checksumOf(canonicalJson(content)) });
}

const inFirstStep = (fields: object) => (plan: Plan) => ({
  steps: plan.steps.map((step, index) => (index === 0 ? { ...step, ...fields } : step)),
});

const refusal = (code: string) => expect.objectContaining({ code });

describe("a plan file", () => {
  test("of any situation is read as it was saved, with its inputs", () => {
    for (const situation of SITUATIONS) {
      const plan = readPlan(situation);
      const found = readPlanFile(save(formatSavedPlan(plan, INPUTS, null)), null);
      const isSignedBy = expect.any(Function);
      const saved = { plan, inputs: INPUTS, made_by: "0.1.0", authenticated: false, isSignedBy };
      expect([situation, found]).toEqual([situation, saved]);
      expect(readPlanFile(save(formatPlan(plan, null)), null)).toMatchObject({ plan, inputs: null, made_by: null });
    }
  });

  test("may set the largest counts that a manifest can name", () => {
    const set = { run_concurrency: 2 ** 32 - 1, max_accelerators: { H100: Number.MAX_SAFE_INTEGER } };
    const step = { kind: "queue", op: "update", until: null, set };
    expect(readPlanFile(forge(inFirstStep(step)), null).plan.steps[0]?.set).toEqual(set);
  });

  test("that is damaged is stale, whatever became of its shape", () => {
    const saved = JSON.parse(formatSavedPlan(readPlan(SITUATION), INPUTS, null));
    for (const damaged of [
      { ...saved, applyable: false },
      { ...saved, steps: "none" },
      { ...saved, inputs: { ...saved.inputs, manifests: [] } },
      { ...saved, checksum: "0".repeat(64) },
    ]) {
      expect(() => readPlanFile(save(damaged), null)).toThrow(refusal("stale_plan"));
    }
  });

  test.each<[string, (plan: Plan) => unknown]>([
    ["steps that are no list", () => ({ steps: {} })],
    ["an unknown op", inFirstStep({ op: "format" })],
    ["an op that the kind lacks", inFirstStep({ op: "update", set: { pool: "gpu" } })],
    ["an address of no kind", inFirstStep({ address: "node.a" })],
    ["nothing to set", inFirstStep({ set: null })],
    ["a wrong field to set", inFirstStep({ set: { pool: 7 } })],
    ["a field to set that the op lacks", inFirstStep({ set: { pool: "gpu", state: "drained" } })],
    ["a field that no step has", inFirstStep({ note: "harmless" })],
    ["a field that no plan has", () => ({ added: { later: true } })],
    ["a check that is allowed and is none", ({ options }) => ({ options: { ...options, allow: ["everything"] } })],
    ["a wait for nothing", inFirstStep({ op: "await", until: null })],
    ["a step that waits for itself", (plan) => inFirstStep({ after: [plan.steps[0]?.id] })(plan)],
    ["a step that waits for none there is", inFirstStep({ after: ["queue.a/create"] })],
    ["a step that is there twice", ({ steps }) => ({ steps: [...steps, ...steps] })],
    ["a name that a terminal would interpret", inFirstStep({ physical_name: "a\u001b[2J" })],
    ["a change without an action", ({ changes }) => ({ changes: changes.map(({ action: _none, ...rest }) => rest) })],
    ["an unknown action", ({ changes }) => ({ changes: changes.map((change) => ({ ...change, action: "rename" })) })],
    ["no target", () => ({ target: null })],
  ])("with %s is refused, though its checksum is right", (_what, change) => {
    expect(() => readPlanFile(forge(change), null)).toThrow(refusal("not_a_plan"));
  });

  test.each<[string, unknown]>([
    ["no manifests", { ...INPUTS, manifests: undefined }],
    ["a manifest without a place", { ...INPUTS, manifests: [{ body: { name: "a" } }] }],
    ["a manifest that is a text", { ...INPUTS, manifests: [{ file: "a.yaml", line: 1, body: "name: a" }] }],
    ["a fraction, which no manifest gives", { ...INPUTS, manifests: [{ file: "a", line: 1, body: { depth: 1.5 } }] }],
    ["a file that a terminal would interpret", { ...INPUTS, manifests: [{ file: "\u001b[2J", line: 1, body: {} }] }],
    ["a hash that is none", { ...INPUTS, read: { "cluster.a": "harmless" } }],
    ["a field that no inputs have", { ...INPUTS, endpoint: "https://other.example.com" }],
  ])("whose inputs have %s is refused", (_what, inputs) => {
    expect(() =>
      readPlanFile(
        forge(() => ({}), inputs),
        null,
      ),
    ).toThrow(refusal("not_a_plan"));
  });

  test("that is nested without end is refused", () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const file = save(`{"format_version":"3.0","checksum":"x","changes":${deep}}`);
    expect(() => readPlanFile(file, null)).toThrow(refusal("not_a_plan"));
  });

  test("that is larger than any plan is not read", () => {
    const file = save("{");
    truncateSync(file, MOST_PLAN_BYTES + 1);
    expect(() => readPlanFile(file, null)).toThrow(refusal("not_a_plan"));
  });
});

describe("with a plan key", () => {
  const key = createPlanKey(Buffer.alloc(32, "k"));
  const other = createPlanKey(Buffer.alloc(32, "o"));
  const plan = readPlan(SITUATION);

  test("a plan file that its holder saved is authenticated, and what plan --json printed too", () => {
    expect(readPlanFile(save(formatSavedPlan(plan, INPUTS, key)), key)).toMatchObject({ plan, authenticated: true });
    expect(readPlanFile(save(formatPlan(plan, key)), key)).toMatchObject({ plan, authenticated: true });
  });

  test("a plan file without a code, with another key's, or altered is refused, however right its checksum is", () => {
    const signed = JSON.parse(formatSavedPlan(plan, INPUTS, key));
    const { checksum: _checksum, mac, ...content } = signed;
    const altered = { ...content, inputs: { ...INPUTS, manifests: [] } };
    for (const file of [
      save(formatSavedPlan(plan, INPUTS, null)),
      save(formatSavedPlan(plan, INPUTS, other)),
      save({ ...altered, checksum: checksumOf(canonicalJson(altered)), mac }),
      save({ ...signed, mac: `${mac}0` }),
      save({ ...signed, mac: [mac] }),
    ]) {
      expect(() => readPlanFile(file, key)).toThrow(refusal("plan_not_authentic"));
    }
  });

  test("a plan file that was saved with one can be read without, and counts as anybody's", () => {
    expect(readPlanFile(save(formatSavedPlan(plan, INPUTS, key)), null)).toMatchObject({ plan, authenticated: false });
  });
});
