import { isCancel, text } from "@clack/prompts";
import { OperationalError } from "../model/operational-error.ts";

/**
 * Asks whether to carry out the plan that was just shown; only `yes` is a yes. Throws an OperationalError where nobody can
 * be asked: then `--auto-approve` has to say so.
 */
export async function confirmApply(): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new OperationalError(
      "not_approved",
      "Nothing was changed: there is no terminal to ask on. Give --auto-approve to apply without asking.",
      { next: "stop" },
    );
  }
  const answer = await text({ message: "Carry this out? Only 'yes' is a yes.", output: process.stderr });
  if (!isCancel(answer) && answer === "yes") return true;
  process.stderr.write("Nothing was changed.\n");
  return false;
}
