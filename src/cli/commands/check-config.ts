import { readConfig } from "../../daemon/config/read-config.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { shown } from "../../report/text/shown-text.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showResult } from "../output/show-result.ts";

/** What `config check` was asked. */
export interface CheckConfigOptions {
  readonly file: string;
  readonly json: boolean;
  /** Warnings fail as errors do. */
  readonly strict: boolean;
  readonly colour: boolean;
}

/**
 * Checks the daemon's configuration without any network and prints what is wrong with it. Exit code 0, or 3 when there is an error,
 * with `strict` also when there is a warning.
 */
export async function runCheckConfig({ file, json, strict, colour }: CheckConfigOptions): Promise<number> {
  const { config, diagnostics } = readConfig(file);
  const failed = config === null || (strict && diagnostics.length > 0);
  const paint = choosePaint(colour);
  if (json) showDocument(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
  else {
    showResult(renderDiagnostics(diagnostics, paint));
    if (!failed) showResult(shown`${paint.add("Valid")}: ${countNoun(config.targets.length, "target")}.\n`);
  }
  return failed ? EXIT.invalid : EXIT.ok;
}
