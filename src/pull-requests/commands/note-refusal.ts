import type { CommandSort, Refusals } from "../review/spending.ts";
import { type Command, isDecision } from "./read-command.ts";

/** Whether an account gets no answer any more to such a command, unless it has the right by now. */
export function isSpent(refusals: Refusals, command: Command, login: string): boolean {
  return refusals.isSpent(sortOf(command), login);
}

/** Counts a command that its account may not give, or that asks for help. */
export function noteRefusal(refusals: Refusals, command: Command, login: string): void {
  refusals.note(sortOf(command), login);
}

/** Its account has the right to it: it may make further rounds urgent, and looks free. */
export function noteRight(refusals: Refusals, command: Command, login: string): void {
  if (isDecision(command)) for (const sort of ["hurry", "free"] as const) refusals.forget(sort, login);
}

function sortOf(command: Command): CommandSort {
  if (command.name === "help") return "help";
  return isDecision(command) ? "decide" : "operate";
}
