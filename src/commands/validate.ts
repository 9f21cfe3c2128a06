import { hasErrors, loadDesired } from "../manifest/load-desired.ts";
import type { Desired } from "../model/desired.ts";
import { renderDiagnostics } from "../report/render-diagnostics.ts";

/** What `validate` was asked. `json`: one JSON document on stdout instead of text. */
export interface ValidateOptions {
  readonly dir: string;
  readonly json: boolean;
}

/**
 * Checks a folder of manifests without any network and prints what is wrong with it. Exit code 0, or 3 when there is an error;
 * warnings alone are 0. Throws an OperationalError when the folder cannot be read.
 */
export async function runValidate({ dir, json }: ValidateOptions): Promise<number> {
  const { desired, diagnostics } = await loadDesired(dir);
  const failed = hasErrors(diagnostics);
  if (json) process.stdout.write(`${JSON.stringify({ diagnostics }, undefined, 2)}\n`);
  else {
    process.stdout.write(renderDiagnostics(diagnostics));
    if (!failed) process.stdout.write(`Valid: ${countObjects(desired)}.\n`);
  }
  return failed ? 3 : 0;
}

function countObjects({ pools, clusters, queues }: Desired): string {
  return [
    plural(pools.length, "cluster pool"),
    plural(clusters.length, "cluster"),
    plural(queues.length, "queue"),
  ].join(", ");
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
