/**
 * The attacker writes a text that the program looks at: an error of a server, a manifest, a comment, a header, a line of git. With the
 * worst letters for one of the patterns that it meets, a few kilobytes would hold the process for minutes. Here those that look for
 * credentials; the others are in foreign-patterns.test.ts, so that both are judged side by side.
 */
import { expect, test } from "vitest";
import { findSlowPatterns } from "./find-slow-patterns.ts";
import { readPatterns } from "./read-patterns.ts";

const { literal, assembled } = readPatterns("credentials");

test("no text makes a pattern take more than linear time", async () => {
  expect(literal.length).toBeGreaterThan(40);
  expect(await findSlowPatterns(literal)).toEqual([]);
});

test("no pattern is put together at run time, where none is judged", () => {
  expect(assembled).toEqual([]);
});
