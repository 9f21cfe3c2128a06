import { readConfig } from "../../daemon/config/read-config.ts";
import type { DaemonConfig, TargetConfig } from "../../model/daemon/daemon-config.ts";
import type { Check } from "../../model/plan/plan.ts";
import { evaluateRules } from "../../plan/policy/evaluate-rules.ts";
import { choosePaint, type Paint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { type Cell, renderTable } from "../../report/text/render-table.ts";
import { type Shown, shown } from "../../report/text/shown-text.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showResult } from "../output/show-result.ts";
import { findPlanKey, type PlanKeyFlags } from "../saved-plan/find-plan-key.ts";
import { readPlanFile } from "../saved-plan/read-plan-file.ts";

/** Options of `poolkeeper policy test`. */
export interface TestPolicyOptions extends PlanKeyFlags {
  /** The daemon's configuration, and a saved plan. */
  readonly config: string;
  readonly plan: string;
  /** Whose rules; of every target when left out. */
  readonly target?: string | undefined;
  readonly json: boolean;
  readonly colour: boolean;
}

/** The verdicts of one target's rules. */
interface Verdicts {
  readonly target: string;
  readonly checks: readonly Check[];
}

/**
 * Tries the rules of the configuration on a saved plan, as the daemon would. Exit code 0, 3 when the configuration is invalid, or 4
 * when a rule fails; one that only warns does not count.
 */
export async function runTestPolicy(options: TestPolicyOptions): Promise<number> {
  const { json, colour } = options;
  const paint = choosePaint(colour);
  const { config, diagnostics } = readConfig(options.config);
  if (config === null) {
    if (json) showDocument(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
    else showResult(renderDiagnostics(diagnostics, paint));
    return EXIT.invalid;
  }
  const { plan } = readPlanFile(options.plan, findPlanKey(options, process.env));
  const targets = chooseTargets(config, options.target).map(
    ({ name, policy }): Verdicts => ({ target: name, checks: evaluateRules(policy.rules, plan, name) }),
  );
  if (json) showDocument(`${JSON.stringify({ targets }, undefined, 2)}\n`);
  else showResult(renderVerdicts(targets, paint));
  const fails = targets.some(({ checks }) => checks.some(({ status }) => status === "fail"));
  return fails ? EXIT.blocked : EXIT.ok;
}

function chooseTargets({ targets }: DaemonConfig, name: string | undefined): readonly TargetConfig[] {
  const chosen = targets.filter((target) => name === undefined || target.name === name);
  if (chosen.length > 0) return chosen;
  throw usage(`--target ${name}: the configuration has ${targets.map((target) => target.name).join(", ")}.`);
}

function renderVerdicts(targets: readonly Verdicts[], paint: Paint): Shown {
  const colours = { pass: paint.add, warn: paint.change, fail: paint.destroy };
  const rows = targets.flatMap(({ target, checks }) =>
    checks.map(({ name, status, message }): readonly Cell[] => [
      { text: target },
      { text: name },
      { text: status, colour: colours[status] },
      { text: message },
    ]),
  );
  if (rows.length === 0) return shown`There are no rules.\n`;
  return shown`${renderTable("Rules", ["TARGET", "CHECK", "STATUS", "MESSAGE"], rows, paint)}\n`;
}
