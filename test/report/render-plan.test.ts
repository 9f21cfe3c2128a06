import { describe, expect, test } from "vitest";
import type { Plan, RunRoute } from "../../src/model/plan.ts";
import { PLAIN } from "../../src/report/paint.ts";
import { renderPlanMarkdown } from "../../src/report/render-plan-markdown.ts";
import { renderPlanText } from "../../src/report/render-plan-text.ts";
import { readPlan } from "./read-plan.ts";

const REPLACED = "2026-07-cluster-changes-pool-while-work-runs";

/** A plan with many remarks of each kind. */
function manyRemarks(): Plan {
  const numbers = Array.from({ length: 60 }, (_, index) => index);
  const in_flight = { runs_in_flight: 1, actions_in_flight: 2, current_depth: 3 };
  return {
    ...readPlan(REPLACED),
    notices: numbers.map((number) => ({ code: "note", message: `Note ${number}.`, addresses: [] })),
    impact: numbers.map((number) => ({ queue: `q${number}`, in_flight, addresses: [] })),
  };
}

describe("a plan as text", () => {
  test("runs that keep their clusters read as a change, and refused ones differ from those that nobody knows", () => {
    const run = { system: "queues", project: "p", domain: "d", workflow: null, queue: "q" };
    const same = { ...run, before: ["a"], after: ["a"] };
    const gone = { ...run, before: ["a"], after: null };
    const lineOf = (route: RunRoute) =>
      renderPlanText({ ...readPlan(REPLACED), routing: [route] }, PLAIN).match(/runs by queue of p\/d: (.*)/)?.[1];
    expect(lineOf({ ...same, other_bucket: true })).toBe("a -> a (in another bucket)");
    expect(lineOf({ ...same, other_shares: true })).toBe("a -> a (in other shares)");
    expect(lineOf({ ...gone, after_outcome: "refused" })).toBe("a -> (refused)");
    expect(lineOf({ ...gone, after_outcome: "unknown" })).toBe("a -> (not known)");
    expect(lineOf(gone), "of an earlier version").toBe("a -> (refused or not known)");
  });

  test("a queue that is not there yet and one that is drained read differently", () => {
    const replaced = renderPlanText(readPlan(REPLACED), PLAIN);
    expect(replaced).toContain("queue edge-gpu: (not there) -> edge-gpu");
    const drained = renderPlanText(readPlan("2026-11-queue-is-drained-and-another-activated"), PLAIN);
    expect(drained).toContain("queue night: (takes no work) -> edge");
    expect(drained).toContain("queue batch: edge -> (takes no work)");
    const deleted = renderPlanText(readPlan("2026-11-manifests-are-removed-and-what-is-owned-is-deleted"), PLAIN);
    expect(deleted).toMatch(/queue \S+: .* -> \(not there\)/);
  });

  test("in short, what destroys nothing takes a line, and what does is shown in full", () => {
    const replaced = readPlan(REPLACED);
    const [whole, short] = [renderPlanText(replaced, PLAIN), renderPlanText(replaced, PLAIN, { concise: true })];
    expect(short).toContain("# cluster.edge must be replaced");
    expect(short).toContain("# forces replacement");
    expect(short).toMatch(/^ {2}~ queue\.\S+ \(clusters\)$/m);
    expect(whole).toContain("In this order:");
    expect(short).not.toContain("In this order:");
    for (const kept of ["Who runs elsewhere:", "Checks:", "Plan: "]) expect(short).toContain(kept);
  });

  test("long lists of notices and of work are cut, and say how much is left out", () => {
    const text = renderPlanText(manyRemarks(), PLAIN);
    expect(text).toContain("  - Note 49.\n  … and 10 more notices (--json shows all)");
    expect(text).not.toContain("Note 50.");
    expect(text).toContain("  … and 10 more queues (--json shows all)");
  });

  test("what a terminal would obey is written as its number", () => {
    const plan = readPlan(REPLACED);
    const [first, ...rest] = plan.changes;
    const odd = { ...plan, changes: [{ ...first, after: { pool: "\u001b[2J\u009b" } }, ...rest] } as Plan;
    expect(renderPlanText(odd, PLAIN)).toContain('"\\u001b[2J\\u009b"');
  });
});

describe("a plan as Markdown", () => {
  test("has the checks that passed on one line, and no line that ends with blanks", () => {
    const text = renderPlanMarkdown(readPlan(REPLACED));
    expect(text.match(/✅/g)).toHaveLength(1);
    expect(text).toContain("<summary>Checks (2 warned, 11 passed)</summary>");
    expect(text).not.toMatch(/ \n/);
  });

  test("stays what it is when names and values hold signs of Markdown", () => {
    const plan = readPlan(REPLACED);
    const [first, ...rest] = plan.changes;
    const odd = {
      ...plan,
      changes: [{ ...first, after: { pool: "a```b" } }, ...rest],
      routing: [{ queue: "a`b|c", before: ["x|y`z"], after: null }],
      notices: [{ code: "note", message: "See @everyone, <b>, [a](b) and *this*.", addresses: [] }],
    } as Plan;
    const text = renderPlanMarkdown(odd);
    expect(text).toContain("````diff\n");
    expect(text).toContain("- queue `` a`b|c ``: x&#124;y\\`z → ");
    expect(text).toContain("- See `@everyone`, &lt;b&gt;, `[a](b)` and \\*this\\*.");
  });
});
