import { createInterface } from "node:readline";
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
 * Asks about what was just shown; only `yes` and Enter is a yes, neither a key that ends the question (Ctrl-C, Ctrl-D) nor a terminal
 * that is closed. Throws an OperationalError where there is no terminal to ask on: then a flag has to answer.
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
  showNote(shown`\n${question} Only 'yes' is a yes.\n`);
  const answer = await readLine();
  if (answer === "yes") return true;
  // Enter has ended the line itself.
  if (answer === null) showNote(shown`\n`);
  showNote(shown`${nothing}\n`);
  return false;
}

/** A line from the terminal; null where the terminal gives none any more. */
async function readLine(): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const terminal = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 });
  terminal.once("close", () => resolve(null));
  terminal.once("error", () => resolve(null));
  terminal.question("> ", resolve);
  try {
    return await promise;
  } finally {
    terminal.close();
  }
}

/** Whether somebody can be asked. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
