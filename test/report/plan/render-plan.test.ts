import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/model/json/json.ts";
import type { Plan, RunRoute } from "../../../src/model/plan/plan.ts";
import { renderPlanForCi } from "../../../src/report/plan/render-plan-for-ci.ts";
import { renderPlanText, type TextOptions } from "../../../src/report/plan/render-plan-text.ts";
import { PLAIN } from "../../../src/report/text/paint.ts";
import { SITUATIONS } from "../../plan/plan-case.ts";
import { readPlan } from "../read-plan.ts";

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

/** A plan as text without colours. */
function render(plan: Plan, options: TextOptions = {}): string {
  return String(renderPlanText(plan, PLAIN, options));
}

const MARK = "7654321";

/** The plan as often as its steps set fields, each time with another one set to something that no change has. */
function spoilSteps(plan: Plan): readonly { readonly id: string; readonly plan: Plan }[] {
  return plan.steps.flatMap((step, index) =>
    spoil(step.set).map((set) => {
      const steps = plan.steps.map((other, place) => (place === index ? { ...step, set } : other));
      return { id: `${step.id} ${JSON.stringify(set)}`, plan: { ...plan, steps } as Plan };
    }),
  );
}

/** Copies of a value, each with another leaf replaced by the mark. */
function spoil(value: Json): readonly Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    const [first = null] = value;
    // Of a list of objects, one more of them.
    const more = typeof first === "object" && first !== null ? spoil(first) : [MARK];
    return more.map((entry) => [...value, entry]);
  }
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) =>
      spoil(inner).map((spoiled) => ({ ...value, [key]: spoiled })),
    );
  }
  return [typeof value === "number" ? Number(MARK) : MARK];
}

describe("a plan as text", () => {
  test("runs that keep their clusters read as a change, and refused ones differ from those that nobody knows", () => {
    const run = { system: "queues", project: "p", domain: "d", workflow: null, queue: "q" };
    const same = { ...run, before: ["a"], after: ["a"] };
    const gone = { ...run, before: ["a"], after: null };
    const lineOf = (route: RunRoute) =>
      render({ ...readPlan(REPLACED), routing: [route] }).match(/runs by queue of p\/d: (.*)/)?.[1];
    expect(lineOf({ ...same, other_bucket: true })).toBe("a -> a (in another bucket)");
    expect(lineOf({ ...same, other_shares: true })).toBe("a -> a (in other shares)");
    expect(lineOf({ ...gone, after_outcome: "refused" })).toBe("a -> (refused)");
    expect(lineOf({ ...gone, after_outcome: "unknown" })).toBe("a -> (not known)");
    expect(lineOf(gone), "of an earlier version").toBe("a -> (refused or not known)");
  });

  test("a queue that is not there yet and one that is drained read differently", () => {
    const replaced = render(readPlan(REPLACED));
    expect(replaced).toContain("queue edge-gpu: (not there) -> edge-gpu");
    const drained = render(readPlan("2026-11-queue-is-drained-and-another-activated"));
    expect(drained).toContain("queue night: (takes no work) -> edge");
    expect(drained).toContain("queue batch: edge -> (takes no work)");
    const deleted = render(readPlan("2026-11-manifests-are-removed-and-what-is-owned-is-deleted"));
    expect(deleted).toMatch(/queue \S+: .* -> \(not there\)/);
  });

  test("in short, what destroys nothing takes a line, and what does is shown in full", () => {
    const replaced = readPlan(REPLACED);
    const [whole, short] = [render(replaced), render(replaced, { concise: true })];
    expect(short).toContain("# cluster.edge must be replaced");
    expect(short).toContain("# forces replacement");
    expect(short).toMatch(/^ {2}~ queue\.\S+ \(clusters = \[.*\] -> \[.*\]\)$/m);
    expect(whole).toContain("Steps:");
    expect(short).not.toContain("Steps:");
    for (const kept of ["Routing changes:", "Checks:", "Plan: "]) expect(short).toContain(kept);
  });

  test.each([{ concise: false }, { concise: true }])(
    "shows every field that a step sets, whatever its change says: %j",
    (options) => {
      const hidden = SITUATIONS.flatMap((situation) =>
        spoilSteps(readPlan(situation)).map(({ id, plan }) => ({ situation, id, plan })),
      ).filter(({ plan }) => !render(plan, options).includes(MARK));
      expect(hidden.map(({ situation, id }) => `${situation}: ${id}`)).toEqual([]);
    },
  );

  test.each([{ concise: false }, { concise: true }])(
    "shows every object that a step deletes, drains or moves: %j",
    (options) => {
      for (const situation of SITUATIONS) {
        const plan = readPlan(situation);
        const text = render(plan, options);
        const names = plan.steps.filter(({ op }) => op !== "await").map(({ physical_name }) => physical_name);
        expect([situation, names.filter((name) => !text.includes(name))]).toEqual([situation, []]);
      }
    },
  );

  test("in short, shows each file that it delivers in full, and where it goes", () => {
    const delivered = readPlan("2026-11-files-of-flyte-clusters-are-delivered-before-their-label-is-used");
    const text = render(delivered, { concise: true });
    expect(text).toContain("files in /srv/output):");
    expect(
      text.match(/^ {6}[+~] files\.\S+ \((a new file of \d+ lines|\d+ lines added, \d+ removed)\)$/gm),
    ).toHaveLength(5);
    const added = text.match(/^ {10}\+/gm)?.length;
    const whole = render(delivered);
    expect(added).toBe(whole.match(/^ {10}\+/gm)?.length);
  });

  test("long lists of notices and of work are cut, and say how much is left out", () => {
    const text = render(manyRemarks());
    expect(text).toContain("  - Note 49.\n  … and 10 more notices (--json shows all)");
    expect(text).not.toContain("Note 50.");
    expect(text).toContain("  … and 10 more queues (--json shows all)");
  });

  test("of a check's findings, the first are shown, and the others are counted", () => {
    const message = Array.from({ length: 61 }, (_, index) => `Finding ${index}.`).join("\n");
    const plan = readPlan(REPLACED);
    const text = render({ ...plan, checks: [{ name: "black-hole", status: "fail", message, addresses: [] }] });
    expect(text).toContain("        Finding 50.\n  … and 10 more findings (--json shows all)");
    expect(text).not.toContain("Finding 51.");
  });

  test("what a terminal would obey is written as its number", () => {
    const plan = readPlan(REPLACED);
    const [first, ...rest] = plan.changes;
    const odd = { ...plan, changes: [{ ...first, after: { pool: "\u001b[2J\u009b" } }, ...rest] } as Plan;
    expect(render(odd)).toContain('"\\u001b[2J\\u009b"');
  });
});

describe("a plan as Markdown", () => {
  test("has the checks that passed on one line, and no line that ends with blanks", () => {
    const text = renderPlanForCi(readPlan(REPLACED));
    expect(text.match(/✅/g)).toHaveLength(1);
    expect(text).toContain("<summary>Checks (2 warned, 13 passed)</summary>");
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
    const text = renderPlanForCi(odd);
    expect(text).toContain("````diff\n");
    expect(text).toContain("- queue `` a`b|c ``: x&#124;y\\`z → ");
    expect(text).toContain("- See `@everyone`, &lt;b&gt;, `[a](b)` and \\*this\\*.");
  });
});
