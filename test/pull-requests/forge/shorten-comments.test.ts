import { expect, test } from "vitest";
import { readCommand } from "../../../src/pull-requests/commands/read-command.ts";
import { createShortener } from "../../../src/pull-requests/forge/shorten-comments.ts";

const TIMES = { created_at: "2026-11-20T08:00:00Z", updated_at: "2026-11-20T08:00:00Z" };

const BEGINNINGS = ["\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u200b\n", "\n    ", " ", "\u00a0"];
const COMMANDS = ["poolkeeper reject", "poolkeeper approve abcdef01", "    \u2028poolkeeper approve abcdef01"];

test.each(BEGINNINGS.flatMap((sign) => COMMANDS.map((command) => [sign, command] as const)))(
  "a long comment of many %j and %j is the command that all of it is",
  async (sign, command) => {
    const shorten = await createShortener(async () => "bot");
    const comment = {
      id: "1",
      author: "mona",
      body: `${sign.repeat(2_100)}${command}\n${"x".repeat(2_100)}`,
      ...TIMES,
    };
    expect(readCommand(shorten(comment).body)).toEqual(readCommand(comment.body));
  },
);
