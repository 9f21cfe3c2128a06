import { expect, test } from "vitest";
import { forgetReports } from "../../../src/pull-requests/commands/handled-comments.ts";
import { nameReport } from "../../../src/pull-requests/commands/reported-rejections.ts";

const name = (_: unknown, index: number) => nameReport(`c${index}`);

test("of the reports that were handled, the names of those on record stay, of others the newest, and those of comments", async () => {
  const handled = ["1", "1 2026-11-01T12:00:00Z", ...Array.from({ length: 6_000 }, name)];
  const kept = await forgetReports(handled, async () => [{ comment: "c7" }, { comment: "c5999" }, { comment: "new" }]);
  expect(kept.slice(0, 3)).toEqual(["1", "1 2026-11-01T12:00:00Z", nameReport("c7")]);
  expect(kept.slice(3)).toEqual(handled.slice(-2_500));
});

test("few names of reports stay, and the store is not asked", async () => {
  const handled = ["1", ...Array.from({ length: 5_000 }, name)];
  expect(await forgetReports(handled, () => expect.fail("asked"))).toBe(handled);
});
