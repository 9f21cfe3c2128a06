import type { Address } from "../../../src/model/address.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import type { Review, ReviewOutcome, ReviewVerdict } from "../../../src/model/reviews/review.ts";
import { readPlan } from "../read-plan.ts";
import { makeReview, planned } from "./build-reviews.ts";

/** Texts that would be markup, a mention, a reference, a command or a forged marker if they were written as they are. */
export const HOSTILE: readonly string[] = [
  "<script>window.broken=1</script>",
  '"><img src=x onerror="window.broken=1">',
  "![p](https://evil.example.com/p.png)",
  "[here](https://evil.example.com)",
  "https://evil.example.com/?a=b www.evil.example.com _www.evil.example.com mailto:a@evil.example.com a@evil.example.com",
  "@everyone @org/team #12 !13 GH-14 owner/repo#15 ~bug %v1 $16 &17 [[wiki]] :tada: $x$",
  "```\n</details>\n<b>out</b>\n```",
  "~~~~\n# heading\n- list\n1. first\n> quote\n---\n===",
  "`` ` ``` a | b || c \\| d \\\\| e",
  "| a | b |\n| --- | --- |\n| c | d |",
  "<!-- poolkeeper:production -->",
  "--> <b>",
  "</details></summary></table></sub></code></pre>",
  "\u0000\u001b[31m\u202e\u2066\u200b\u200d\ufeff\u2028\u2029\ud800 end",
  "/close\n/approve\n/merge",
  "*bold* _it_ **b** __b__ ~~gone~~ <u>u</u> &lt; &#60; &amp;",
  "https://user:hunter2secret@git.example.com/repo.git",
  "    indented\n\ttab",
  "[x]: https://evil.example.com\n[^1]: note\n[x] [^1]",
  "a".repeat(5_000),
  "`".repeat(400),
  "",
  " ",
];

/** A plan in which every text that comes from outside is replaced by what `text` gives next. */
export function spoilPlan(plan: Plan, text: () => string): Plan {
  const address = (): Address => `queue.${text()}`;
  return {
    ...plan,
    changes: plan.changes.map((change, index) => ({
      ...change,
      address: index % 2 === 0 ? change.address : address(),
      physical_name: text(),
      before: change.before === null ? null : { [text()]: text(), file: `${text()}\nbefore\n`, nested: { a: text() } },
      after: change.after === null ? null : { [text()]: text(), file: `${text()}\nafter\n`, nested: { a: [text()] } },
    })),
    steps: plan.steps.map((step) => ({ ...step, physical_name: text() })),
    notices: [{ code: text(), message: text(), addresses: [text()] }],
    checks: [
      { name: text(), status: "fail", message: text(), addresses: [] },
      { name: text(), status: "warn", message: text(), addresses: [] },
      { name: text(), status: "pass", message: text(), addresses: [] },
    ],
    routing: [
      { queue: text(), before: [text()], after: [] },
      { ...RUN, system: text(), project: text(), domain: text(), workflow: text(), before: [text()], after: [text()] },
    ],
    impact: [{ queue: text(), in_flight: null, addresses: [] }],
    unmanaged: [text()],
  };
}

const RUN = { queue: null, before: [], after: [] } as const;

/** A review of each kind of verdict and outcome, all of whose texts come from `text`. */
export function spoilReviews(text: () => string): readonly Review[] {
  const plan = spoilPlan(readPlan("2026-07-cluster-changes-pool-while-work-runs"), text);
  const holds = { by: text(), since: text(), until: text() };
  const overlaps = [
    { number: 12, url: "https://git.example.com/pools/pulls/12", addresses: [`queue.${text()}` as const], holds },
  ];
  const diagnostic = () => ({ code: text(), summary: text(), detail: text(), file: text(), line: 1, column: 2 });
  const verdicts: readonly ReviewVerdict[] = [
    planned(plan, {}, overlaps),
    { kind: "unconcerned" },
    { kind: "invalid", diagnostics: [{ ...diagnostic(), severity: "error", address: text() }] },
    { kind: "conflict", files: [text(), text()] },
    { kind: "failed", code: text(), message: text() },
  ];
  const outcomes: readonly ReviewOutcome[] = [
    { kind: "waiting", by: text(), message: text() },
    { kind: "held", by: text(), digest: text(), reviewed: true },
    { kind: "applied", by: text(), revision: text(), at: text() },
    { kind: "failed", by: text(), message: text() },
  ];
  const rest = () => ({ target: text(), version: text(), made_at: text(), page: text() });
  return [
    ...verdicts.map((verdict) => makeReview(verdict, rest())),
    ...outcomes.map((outcome) => makeReview(planned(plan), { ...rest(), outcome })),
    makeReview(planned({ ...plan, checks: [] }), { ...rest(), approved: { needed: true, by: text() } }),
  ];
}

/** Gives the hostile texts one after the other, for ever. */
export function cycleHostile(start = 0): () => string {
  let next = start;
  return () => HOSTILE[next++ % HOSTILE.length] ?? "";
}
