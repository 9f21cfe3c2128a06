import { expect } from "vitest";
import type { CommandOptions, Step, World } from "./open-world.ts";

/** A command that must fail, why, and how. */
export interface Rejection extends CommandOptions {
  /** A sentence: the rule that the command breaks. */
  readonly rule: string;
  readonly given?: readonly Step[];
  readonly command: string;
  /** The code that the server refuses the write with; `unsent` where the client sends no write at all. */
  readonly outcome: "already_exists" | "failed_precondition" | "invalid_argument" | "not_found" | "unsent";
  /** Part of what the client prints. */
  readonly says: string;
  /** Default 1, and 0 after an edit: the client asks what to do next, and to abort is no error. */
  readonly exitCode?: number;
}

/** Runs the command: it must fail as described, show the server's reason, and leave all that is stored as it was. */
export async function checkRejection(world: World, rejection: Rejection): Promise<void> {
  const { given = [], command, outcome, says, edit, input = edit ? "a\n" : "", exitCode = edit ? 0 : 1 } = rejection;
  await world.given(...given);
  const before = world.stored();
  const writes = world.journal().length;
  const printed = await world.flyte(command, { input, ...(edit && { edit }) });
  const sent = world.journal().slice(writes);
  expect({ ...printed, outcomes: sent.map((entry) => entry.outcome) }).toEqual({
    code: exitCode,
    text: expect.stringContaining(says),
    outcomes: outcome === "unsent" ? [] : [outcome],
  });
  expect(world.stored()).toEqual(before);
}
