/**
 * The attacker names things: keys of labels and variables, clusters, queues, projects, files, messages of servers, in manifests, live, or
 * in what a daemon says. Nothing of that conceals, colours or forges a line of what somebody at a terminal reads before they say yes.
 */
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostics/diagnostic.ts";
import type { Blame } from "../../src/model/ledger/blame.ts";
import type { ChangeEntry } from "../../src/model/ledger/change-log.ts";
import type { AuditEntry } from "../../src/model/passes/audit-entry.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { resolveRoutes } from "../../src/plan/routing/resolve-routes.ts";
import { renderAuditText } from "../../src/report/history/render-audit-text.ts";
import { renderBlameText } from "../../src/report/history/render-blame-text.ts";
import { renderChangesText } from "../../src/report/history/render-changes-text.ts";
import { renderHistoryText } from "../../src/report/history/render-history-text.ts";
import { renderDriftText } from "../../src/report/plan/render-drift-text.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { renderRoutingText } from "../../src/report/routing/render-routing-text.ts";
import { renderApplyText } from "../../src/report/runs/render-apply-text.ts";
import { renderStatusText } from "../../src/report/status/render-status-text.ts";
import { renderTargetsText } from "../../src/report/status/render-targets-text.ts";
import { COLOURED, type Paint, PLAIN } from "../../src/report/text/paint.ts";
import { renderDiagnostics } from "../../src/report/text/render-diagnostics.ts";
import { REPOSITORY } from "../cli/manifests.ts";
import { openDesk } from "../cli/run-program.ts";
import { SITUATIONS } from "../plan/plan-case.ts";
import { buildFacts, cluster, queue, row, settings } from "../plan/routing/build-facts.ts";
import { endSteps, readPlan } from "../report/read-plan.ts";
import { spoilPlan } from "../report/review/spoil-review.ts";

/** Escape sequences, controls, line breaks of every kind, and text that turns around. */
const signs = fc.constantFrom(
  ...[
    "\u001b[8m",
    "\u001b[31m",
    "\u001b[2J",
    "\u001b]0;t\u0007",
    "\u009b8m",
    "\r",
    "\n",
    "\n\nPlan: 1 to add, 0 to destroy.\n",
  ],
  ...["\u2028", "\u202e", "\u0000", "\t", "\b\b\b", "\u200b", "\ud800"],
);
const hostile = fc
  .tuple(fc.constantFrom("a", "b c", ""), signs, fc.constantFrom("x", "[0m", ""))
  .map((parts) => parts.join(""));

/** Controls but line breaks, and what turns or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200b]|\p{Cs}/u;
const OWN_COLOURS = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|22|31|32|33|39)m`, "g");

/** Each gives the text of everything that comes from outside, as one list of texts has it. */
const TEXTS: Readonly<Record<string, (text: () => string, paint: Paint) => { toString(): string }>> = {
  plan: (text, paint) => renderPlanText(spoiled(text), paint),
  "plan --concise": (text, paint) => renderPlanText(spoiled(text), paint, { concise: true }),
  drift: (text, paint) => renderDriftText(spoiled(text), paint),
  apply: (text, paint) => {
    const plan = spoiled(text);
    const ended = endSteps(plan, (id) => (id.length % 2 === 0 ? "waiting" : "applied"));
    const steps = ended.map((step) => ({ ...step, message: text() }));
    const done = { add: 1, change: 1, replace: 0, destroy: 0 };
    const report = { ...{ status: "failed", done, steps }, left_drained: [text()], begun: [text()] };
    return renderApplyText(report as unknown as Parameters<typeof renderApplyText>[0], plan, paint);
  },
  audit: (text, paint) => {
    const entry = {
      at: text(),
      who: text(),
      via: text(),
      action: text(),
      target: text(),
      details: { [text()]: text() },
    };
    return renderAuditText([entry as unknown as AuditEntry], paint);
  },
  history: (text, paint) => {
    const applied = [{ at: text(), revision: text(), digest: text(), approval: text(), pass: text() }];
    const outcome = { kind: "failed", code: text(), message: text() };
    const passes = [{ ended_at: text(), trigger: text(), revision: text(), digest: text(), id: text(), outcome }];
    const runs = [
      {
        ...{ at: text(), decided_by: "approval", by: text(), approval: text(), overrides: [text()], revision: text() },
        ...{ digest: text(), run_id: text(), writes: 1, objects: [text()] },
      },
    ];
    return renderHistoryText({ applied, runs, passes } as unknown as Parameters<typeof renderHistoryText>[0], paint);
  },
  changes: (text, paint) => {
    const entry = {
      ...{ seq: 1, at: text(), address: text(), kind: "queue", physical_name: text(), op: text(), run_id: text() },
      ...{ before: { [text()]: text() }, after: { [text()]: text() }, revision: text(), digest: text() },
      ...{ decided_by: "approval", by: text(), approval: text(), overrides: [text()], result: "confirmed" },
    };
    return renderChangesText([entry as unknown as ChangeEntry], paint);
  },
  blame: (text, paint) => {
    const entry = { at: text(), by: text(), approval: text(), overrides: [text()], revision: text(), run_id: text() };
    const source = { kind: "written", entry: { ...entry, decided_by: "approval", result: "confirmed" } };
    const blame = {
      ...{ address: text(), physical_name: text(), log_began: text(), looked_at: text() },
      fields: [{ path: text(), value: text(), live: text(), source }],
    };
    return renderBlameText(blame as unknown as Blame, paint);
  },
  targets: (text, paint) => {
    const status = { state: "AwaitingApproval", reason: text(), since: text(), message: text() };
    const pauses = [{ address: text(), by: text(), reason: text(), until: null }];
    const target = {
      ...{ target: text(), status, applied_revision: text(), pinned_revision: text(), last_success_at: text() },
      ...{
        control_plane: text(),
        org: text(),
        warnings: [text()],
        pauses,
        running: { step: text(), started_at: text() },
      },
      last_pass: { digest: text() },
    };
    const next = [null, text()].map((command) => ({ target: target.target, message: text(), command }));
    return renderTargetsText([target] as unknown as Parameters<typeof renderTargetsText>[0], next, paint);
  },
  status: (text, paint) => renderStatusText(spoiledStatus(text), paint),
  routing: (text, paint) => {
    const [pool, one, other, name] = [text(), text(), text(), text()];
    const facts = buildFacts({
      clusters: [cluster(one, pool), cluster(other, pool, { healthy: false })],
      queues: [queue("default", pool, ["*"]), queue(name, pool, [one])],
      labels: [row(`${text()}/dev`, text())],
      settings: [settings("", name)],
      systems: ["queues", "execution_cluster_labels"],
    });
    const run = { kind: "run", project: text(), domain: "dev", workflow: text() } as const;
    return renderRoutingText(resolveRoutes(facts, [run, { kind: "queue", queue: name }]), paint);
  },
  diagnostics: (text, paint) => {
    const diagnostic: Diagnostic = {
      ...{ severity: "error", code: text(), summary: text(), detail: "what to do" },
      ...{ file: text(), line: 1, column: 2, address: text() },
    } as unknown as Diagnostic;
    return renderDiagnostics([diagnostic], paint);
  },
};

/** A plan of several kinds of change, with every text from outside replaced, and every key. */
function spoiled(text: () => string): Plan {
  const plan = spoilPlan(readPlan("2026-07-cluster-changes-pool-while-work-runs"), text);
  const change = { [text()]: text(), environment_variables: { [text()]: text() }, file: "a\nb\n" };
  return {
    ...plan,
    target: { ...plan.target, endpoint: text(), org: text(), flyteadmin: text(), delivery: text() },
    changes: plan.changes.map(
      (one) => ({ ...one, address: `queue.${text()}`, before: null, after: change }) as typeof one,
    ),
    steps: plan.steps.map(
      (step) => ({ ...step, address: `queue.${text()}`, set: { [text()]: text() } }) as typeof step,
    ),
    // A line for each finding: names in it are escaped where the message is made.
    checks: plan.checks.map((check) => ({ ...check, message: check.message.replaceAll("\n", " ") })),
    notices: [...plan.notices, { code: "changed-outside", message: text(), addresses: [] }],
  };
}

function spoiledStatus(text: () => string): Parameters<typeof renderStatusText>[0] {
  const member = {
    ...{ name: text(), pool: text(), state: text(), enabled: true, health: text(), unhealthy_reasons: [text()] },
    ...{ capacity: null, queues: [text()], assigned_config: text(), synced_config: text(), config_in_sync: false },
  };
  const lane = {
    name: text(),
    pool: text(),
    state: text(),
    clusters: [text()],
    available_clusters: [text()],
    in_flight: null,
  };
  return {
    ...{ endpoint: text(), org: text(), generation: text(), queues: [lane] },
    pools: [{ name: text(), object_store: text(), secret_store: text(), member_clusters: [text()] }],
    clusters: { enabled: [member], disabled: [member] },
    systems: { union: "read", settings: "read", flyteadmin: "read" },
    flyteadmin: { endpoint: text(), projects: 1, archived_projects: 1, domains: [text()] },
    settings: [
      { scope: text(), values: { [text()]: { [text()]: text() }, [text()]: text() }, unknown: [text()] },
      { scope: text(), values: {}, unknown: [] },
    ],
    ...{
      unreadable_scopes: [text()],
      cluster_pool_attributes: [{ scope: text(), launch_plan: text(), value: text() }],
    },
    execution_cluster_label: [{ scope: text(), launch_plan: null, value: text() }],
  } as unknown as Parameters<typeof renderStatusText>[0];
}

/** The texts one after the other, each with its number, so that no two are the same. */
function numbered(texts: readonly string[]): () => string {
  let next = 0;
  return () => `${texts[next % texts.length]}${next++}`;
}

describe("a text for a terminal", () => {
  test.each(Object.keys(TEXTS))(
    "of %s has no sign that a terminal obeys, and as many lines as with harmless names",
    (name) => {
      const render = TEXTS[name] ?? expect.unreachable();
      fc.assert(
        fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (texts) => {
          for (const paint of [PLAIN, COLOURED]) {
            const said = String(render(numbered(texts), paint));
            const harmless = String(render(numbered(["a"]), paint));
            expect(said.replace(OWN_COLOURS, "")).not.toMatch(OBEYED);
            expect(said.split("\n").length).toBe(harmless.split("\n").length);
            expect(said.match(OWN_COLOURS) ?? []).toEqual(harmless.match(OWN_COLOURS) ?? []);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  test("is the same with colours as without, but for them", () => {
    for (const situation of SITUATIONS) {
      const plan = readPlan(situation);
      expect(stripVTControlCharacters(String(renderPlanText(plan, COLOURED)))).toBe(
        String(renderPlanText(plan, PLAIN)),
      );
    }
  });
});

describe("a folder whose author wants a destroy overlooked", () => {
  const FORGED = 'team = "ml"\n\nPlan: 1 to add, 0 to change, 0 to replace, 0 to destroy.\u001b[8m';

  test.each(["labels", "annotations", "environment_variables"])(
    "is invalid where a key of %s holds a control character",
    async (field) => {
      const desk = await openDesk("2026-11");
      for (const key of [FORGED, "a\u0000", "a\u202eb", "a\tb"]) {
        desk.write({ "settings/org.yaml": `settings: ${JSON.stringify({ [field]: { [key]: "x" } })}\n` });
        const { stdout, code } = await desk.run(["validate", desk.repository]);
        expect(code).toBe(3);
        expect(stdout).not.toMatch(OBEYED);
        expect(stdout).not.toMatch(/^Plan: /m);
      }
    },
  );

  test("can't forge a line by what somebody left live, nor in what comes after it", async () => {
    const desk = await openDesk("2026-11");
    desk.write(REPOSITORY);
    await desk.post("/mutate", { op: "create", kind: "settings", name: "", object: { labels: { [FORGED]: "x" } } });
    desk.write({ "settings/org.yaml": "settings: { labels: { team: ml } }\n" });
    const store = ["--store", join(desk.folder, "store")];
    for (const command of [["plan"], ["drift"], ["apply", "--auto-approve"]]) {
      const { stdout, stderr } = await desk.run([...command, desk.repository, "--color", ...store]);
      expect((stdout + stderr).replace(OWN_COLOURS, "")).not.toMatch(OBEYED);
      expect(stdout.replace(OWN_COLOURS, "").match(/^Plan: .*$/gm) ?? []).toHaveLength(command[0] === "drift" ? 0 : 1);
      if (command[0] !== "apply") expect(stdout).toContain("\\u000a\\u000aPlan: 1 to add");
    }
  });

  test("can't hide a value by line breaks in it", async () => {
    const desk = await openDesk("2026-11");
    desk.write({
      ...REPOSITORY,
      "settings/org.yaml": `settings: ${JSON.stringify({ "security.service_account": "evil-admin\n", annotations: { role: "a\nevil-role\n" } })}\n`,
    });
    for (const format of [[], ["--concise"], ["--markdown"]]) {
      const { stdout } = await desk.run(["plan", desk.repository, ...format]);
      expect(stdout).toContain("evil-admin\\n");
      expect(stdout).toContain("a\\nevil-role\\n");
    }
  });
});
