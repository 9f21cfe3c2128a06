/**
 * The attacker writes a text that the program looks at: an error of a server, a manifest, a comment, a header, a line of git. With the
 * worst letters for one of the patterns that it meets, a few kilobytes would hold the process for minutes.
 */
import { expect, test } from "vitest";
import { findSlowPatterns } from "./find-slow-patterns.ts";
import { readPatterns } from "./read-patterns.ts";

const { literal, assembled } = readPatterns("others");

test("no text makes a pattern take more than linear time", async () => {
  expect(literal.length).toBeGreaterThan(200);
  expect(await findSlowPatterns(literal)).toEqual([]);
});

test("no pattern is put together at run time, where none is judged", () => {
  expect(assembled).toEqual([]);
});

test("the judge knows patterns that take more", async () => {
  const worse = ["(a*)*b", "\\s+$", "[0-9A-F]+:error:", "x=.*y", "^(a{1,40}){1,40}$", "(?<![A-Z])a+b"];
  const found = await findSlowPatterns(worse.map((source) => ({ place: "here", source, flags: "" })));
  expect(found).toHaveLength(worse.length);
});
