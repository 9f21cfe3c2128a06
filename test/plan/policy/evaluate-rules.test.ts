import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RuleConfig } from "../../../src/model/daemon/daemon-config.ts";
import { compileRule } from "../../../src/plan/policy/compile-rule.ts";
import { evaluateRules } from "../../../src/plan/policy/evaluate-rules.ts";
import { change, planOf, step } from "./plan-of.ts";

const rule = (when: string, rest: Partial<RuleConfig> = {}): RuleConfig => ({
  name: "mine",
  when,
  severity: "fail",
  message: "Not like this.",
  ...rest,
});
const small = planOf({
  changes: [
    change("cluster.east", { action: "delete", before: { pool: "prod" }, after: null }),
    change("queue.fast", { after: { cluster_pool: "prod", priority: 0.5 } }),
  ],
  steps: [step("cluster.east", "delete")],
});
const judge = (when: string, rest?: Partial<RuleConfig>) => evaluateRules([rule(when, rest)], small, "prod")[0];

describe("a rule of one's own", () => {
  test.each([
    ["plan.summary.destroy > 0", true],
    ["plan.summary.destroy + 1 == 2", true],
    ["plan.changes.exists(c, c.action == 'delete' && c.address.startsWith('cluster.'))", true],
    ["target == 'prod' && plan.changes.filter(c, c.action == 'delete').size() > 1", false],
    ["plan.changes.exists(c, c.after != null && has(c.after.priority) && c.after.priority < 0.6)", true],
    ["plan.changes.map(c, c.address) == ['cluster.east', 'queue.fast']", true],
    ["plan.changes.all(c, c.origin == 'commit')", true],
    ["plan.target.org.matches('^a.*e$')", true],
    ["plan.steps.exists_one(s, s.op == 'delete')", true],
    ["plan.revision == null", false],
  ])("that says %s is broken: %s", (when, broken) => {
    expect(judge(when)).toEqual({
      name: "rule:mine",
      status: broken ? "fail" : "pass",
      message: broken ? "Not like this." : "",
      addresses: [],
    });
  });

  test("warns where it is to warn", () => {
    expect(judge("true", { severity: "warn" })?.status).toBe("warn");
  });

  test.each([
    ["plan.nothing.of.that", "nothing"],
    ["plan.changes[7].address == 'x'", ""],
    ["plan.summary.destroy", "not return true or false"],
    ["plan.summary.destroy > 'a'", "overload"],
    ["plan.changes.all(c, c.after.priority > 0.0)", ""],
    ["1 / 0 == 1", ""],
    ["this is no CEL", "1:6"],
  ])("that can't be evaluated (%s) fails and names itself, though it is to warn only", (when, why) => {
    const check = judge(when, { severity: "warn" });
    expect(check).toMatchObject({ name: "rule:mine", status: "fail" });
    expect(check?.message).toContain("Rule mine could not be evaluated");
    expect(check?.message).toContain(why);
  });

  test.each(["true", "plan.nothing"])("that was allowed for this plan lets it through (%s)", (when) => {
    const allowed = { ...small, options: { ...small.options, allow: ["rule:mine"] } };
    const [check] = evaluateRules([rule(when)], allowed, "prod");
    expect(check).toMatchObject({ status: "warn", allowed: true });
    expect(check?.message).toContain("Allowed for this plan: ");
    const other = { ...small, options: { ...small.options, allow: ["mine", "rule:other"] } };
    expect(evaluateRules([rule(when)], other, "prod")[0]?.status).toBe("fail");
  });

  test("reads no field that the prototype of an object has", () => {
    expect(judge("has(plan.constructor) || has(plan.toString)")?.status).toBe("pass");
  });

  test("is told with its mistake when it is read", () => {
    const type = "type(plan) == map && int(1.0) == 1 && -1 < 0 && !false && [1][0] in [1] ? true : false";
    for (const right of ["plan.summary.destroy > 3", "plan.changes.exists(c, c.address == target)", type]) {
      expect(() => compileRule(right), right).not.toThrow();
    }
    expect(() => compileRule("plan.summary.destroy >")).toThrow("1:22");
    expect(() => compileRule("plann.summary.destroy > 3")).toThrow("there is no variable plann");
    expect(() => compileRule("plan.changes.exists(c, d.address == target)")).toThrow("there is no variable d");
    expect(() => compileRule("plan.changes.count() > 3")).toThrow("there is no function count");
  });

  test.each([
    ["plan.changes.exists(c, c.action_reason == 'move')", "action_reason", "move", "pool_differs"],
    ["plan.changes.exists(c, 'delete_because_no_manifest' == c.action_reason)", "action_reason", "delete_because"],
    ["plan.changes.all(c, c.action_reason != 'restore')", "action_reason", "restore", "deleted_record"],
    ["plan.changes.exists(c, c['action'] in ['delete', 'no-op'])", "action", "no-op", "replace, delete"],
    ["'remove' in plan.changes[0].action", "action", "remove"],
    ["plan.format_version == '2.1' ? true : false", "format_version", "2.1", "3.0"],
    ["plan['format_version'] in ['2.1', '3.0']", "format_version", "2.1"],
    ["!plan.effects.exists(e, e.disruption == 'destroy')", "disruption", "destroy"],
    ["plan.steps.exists(s, s.op == 'remove' || s.phase == 'writeout')", "op", "remove", "undelete"],
  ])("that compares with a value that there is not is told when it is read (%s)", (when, ...words) => {
    expect(() => compileRule(when)).toThrow(/^no .* is ".*" in any plan: valid values are /);
    for (const word of words) expect(() => compileRule(when)).toThrow(word);
  });

  test.each([
    "plan.changes.exists(c, c.action in ['delete', 'replace'] && c.action_reason != 'no_manifest')",
    "plan.effects.exists(e, e.disruption in ['delete', 'replace'] && e.address.startsWith('cluster.'))",
    "plan.format_version == '3.0' && plan.steps.exists(s, s.phase == null || s.phase == 'release')",
    // Fields of the objects themselves may have any name and value.
    "plan.changes.exists(c, has(c.after.action) && c.after.action == 'x' || c['before']['op'] == 'y')",
  ])("that compares with those that there are is read (%s)", (when) => {
    expect(() => compileRule(when)).not.toThrow();
  });
});

test.each([
  ["docs/operate.md", "quiet-prod", "cluster.east"],
  ["examples/poolkeeper.yaml", "no-deletion-of-pools", "cluster_pool.prod"],
] as const)(
  "the rule against deletions in %s (%s) holds for replacements too, and for what remains of one",
  (file, name, address) => {
    const mine = findRule(readFileSync(file, "utf8"), name);
    const broken = mine.severity;
    const status = (plan: Parameters<typeof planOf>[0]) => evaluateRules([mine], planOf(plan), "prod")[0]?.status;
    for (const action of ["delete", "replace"] as const) {
      expect(status({ changes: [change(address, { action })], steps: [] })).toBe(broken);
    }
    expect(status({ changes: [], steps: [step(address, "delete")] })).toBe(broken);
    expect(status({ changes: [change(address)], steps: [] })).toBe("pass");
  },
);

/** The rule of a name as a document shows it. */
function findRule(text: string, name: string): RuleConfig {
  const entry = text.split(/^ *- name: /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
  const when = /^ *when: (.*)$/m.exec(entry)?.[1] ?? "";
  return rule(when, { severity: entry.includes("severity: warn") ? "warn" : "fail" });
}

describe("over a plan of 10,000 changes", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `cluster.c${index}` as const);
  const large = planOf({
    changes: many.map((address) =>
      change(address, { action: "delete", before: { pool: "prod", state: "active" }, after: null }),
    ),
    steps: many.map((address) => step(address, "delete")),
  });
  const judgeLarge = (when: string) => {
    const [check] = evaluateRules([rule(when)], large, "prod");
    return check;
  };

  test.each([
    "plan.changes.exists(c, c.address == 'cluster.c9999' && c.action == 'delete')",
    "plan.changes.filter(c, c.action == 'delete').size() == 10000",
    "plan.changes.filter(c, true).map(c, c.address).exists(a, a == 'cluster.c9999')",
    "plan.steps.all(s, s.op == 'delete') && plan.changes.all(c, c.before.pool == 'prod')",
  ])("one that goes through it is evaluated: %s", (when) => {
    expect(judgeLarge(when)).toMatchObject({ status: "fail", message: "Not like this." });
  });

  test.each([
    "plan.changes.all(c, plan.steps.exists(s, s.address == c.address))",
    "plan.changes.all(c, plan.steps.exists(s, true))",
    "plan.changes.all(c, c in plan.changes || true)",
    "plan.changes.all(c, plan.changes == plan.changes)",
    "plan.changes.exists(a, plan.changes.exists(b, plan.changes.exists(c, false)))",
    "plan.changes.map(c, plan.changes).map(x, x.filter(y, true)).size() > 0",
  ])("one that goes through it again for each entry is given up and fails: %s", (when) => {
    expect(judgeLarge(when)?.message).toContain("it costs too much to evaluate");
    expect(judgeLarge(when)?.status).toBe("fail");
  });
});
