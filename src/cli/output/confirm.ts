import { createInterface } from "node:readline";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { shown } from "../../report/text/shown-text.ts";
import { showNote } from "./show-result.ts";

/** A request for confirmation. */
export interface Question {
  readonly question: string;
  /** The flag that confirms in advance. */
  readonly unasked: string;
  /** What is printed when the answer is not `yes`. */
  readonly nothing: string;
}

/**
 * Asks for confirmation of what was just shown. Only `yes` and Enter confirm: Ctrl-C, Ctrl-D and a closed terminal do not. Throws an
 * OperationalError where stdin or stderr is not a terminal: then a flag has to confirm.
 */
export async function confirm({ question, unasked, nothing }: Question): Promise<boolean> {
  if (!isTerminal()) {
    throw new OperationalError(
      "not_approved",
      `${nothing.slice(0, -1)}: not a terminal. Pass ${unasked} to run without confirmation.`,
      {
        next: "stop",
      },
    );
  }
  showNote(shown`\n${question} Type 'yes' to confirm:\n`);
  const answer = await readLine();
  if (answer === "yes") return true;
  // Enter has ended the line itself.
  if (answer === null) showNote(shown`\n`);
  showNote(shown`${nothing}\n`);
  return false;
}

/** A line from the terminal; null at its end of input. */
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

/** Whether both input and error output are a terminal. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
