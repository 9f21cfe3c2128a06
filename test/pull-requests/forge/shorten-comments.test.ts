import { expect, test } from "vitest";
import { readCommand } from "../../../src/pull-requests/commands/read-command.ts";
import { createShortener } from "../../../src/pull-requests/forge/shorten-comments.ts";

const TIMES = { created_at: "2026-11-20T08:00:00Z", updated_at: "2026-11-20T08:00:00Z" };

test.each(["\n", "\r", "\v", "\u2028", "\n    ", " ", "\u00a0"])(
  "a long comment that begins with many %j is the command that all of it is",
  async (sign) => {
    const shorten = await createShortener(async () => "bot");
    const comment = { id: "1", author: "mona", body: `${sign.repeat(2_100)}poolkeeper reject`, ...TIMES };
    expect(readCommand(shorten(comment).body)).toEqual(readCommand(comment.body));
  },
);
