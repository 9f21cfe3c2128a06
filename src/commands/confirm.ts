import { isCancel, text } from "@clack/prompts";
import { OperationalError } from "../model/operational-error.ts";
import { shown } from "../report/shown-text.ts";
import { showNote } from "./show-result.ts";

/** What is asked. */
export interface Question {
  readonly question: string;
  /** The flag that answers it beforehand. */
  readonly unasked: string;
  /** What is said where it was no yes. */
  readonly nothing: string;
}

/**
 * Asks about what was just shown; only `yes` is a yes. Throws an OperationalError where nobody can be asked: then a flag has to
 * say so.
 */
export async function confirm({ question, unasked, nothing }: Question): Promise<boolean> {
  if (!isTerminal()) {
    throw new OperationalError(
      "not_approved",
      `${nothing.slice(0, -1)}: there is no terminal to ask on. Give ${unasked} to go on without being asked.`,
      {
        next: "stop",
      },
    );
  }
  const answer = await text({ message: `${question} Only 'yes' is a yes.`, output: process.stderr });
  if (!isCancel(answer) && answer === "yes") return true;
  showNote(shown`${nothing}\n`);
  return false;
}

/** Whether somebody can be asked. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
