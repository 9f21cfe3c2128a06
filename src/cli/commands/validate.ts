import { hasErrors, loadDesired } from "../../manifests/load-desired.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { shown } from "../../report/text/shown-text.ts";
import { describeObjectCounts } from "../output/describe-object-counts.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showResult } from "../output/show-result.ts";

/** What `validate` was asked. `json`: one JSON document on stdout instead of text. */
export interface ValidateOptions {
  readonly dir: string;
  readonly json: boolean;
  /** Warnings fail as errors do. Default: false. */
  readonly strict?: boolean;
  /** Default: no colours. */
  readonly colour?: boolean;
}

/**
 * Checks a folder of manifests without any network and prints what is wrong with it. Exit code 0, or 3 when there is an error,
 * with `strict` also when there is a warning. Throws an OperationalError when the folder cannot be read.
 */
export async function runValidate({ dir, json, strict = false, colour = false }: ValidateOptions): Promise<number> {
  const { desired, diagnostics } = await loadDesired(dir);
  const failed = hasErrors(diagnostics) || (strict && diagnostics.length > 0);
  const paint = choosePaint(colour);
  if (json) showDocument(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
  else {
    showResult(renderDiagnostics(diagnostics, paint));
    if (!failed) showResult(shown`${paint.add("Valid")}: ${describeObjectCounts(desired)}.\n`);
  }
  return failed ? EXIT.invalid : EXIT.ok;
}
