import { expect, test } from "vitest";
import { createForgeQuota } from "../../../src/pull-requests/forge/create-forge-quota.ts";

const NOW = Date.parse("2026-11-27T10:00:00Z");
const RESET = String(NOW / 1000 + 600);

const githubs = (left: string, more: Readonly<Record<string, string>> = {}) => ({
  ...{ "x-ratelimit-limit": "5000", "x-ratelimit-remaining": left, "x-ratelimit-reset": RESET },
  ...more,
});

test.each([
  ["GitHub's", githubs("999"), true],
  ["a fifth of GitHub's", githubs("1000"), false],
  ["GitLab's", { "ratelimit-limit": "600", "ratelimit-remaining": "119", "ratelimit-reset": RESET }, true],
  ["those of the core API", githubs("10", { "x-ratelimit-resource": "core" }), true],
  ["searches", githubs("10", { "x-ratelimit-resource": "search" }), false],
  ["no number", githubs("few"), false],
  ["none at all", {}, false],
])("of what an answer says is left: %s", (_what, headers, isLow) => {
  const quota = createForgeQuota(() => NOW);
  quota.note(headers);
  expect(quota.isLow()).toBe(isLow);
});

test("few are left until the forge counts from zero again, or an answer says otherwise", () => {
  let now = NOW;
  const quota = createForgeQuota(() => now);
  quota.note(githubs("999"));
  quota.note({});
  quota.note(githubs("10", { "x-ratelimit-resource": "search" }));
  expect(quota.isLow()).toBe(true);
  now += 600_000;
  expect(quota.isLow()).toBe(false);
  now = NOW;
  quota.note(githubs("4000"));
  expect(quota.isLow()).toBe(false);
});

test("few are left for an hour at most, although an answer says that the forge counts from zero again in another millennium", () => {
  let now = NOW;
  const quota = createForgeQuota(() => now);
  quota.note(githubs("999", { "x-ratelimit-reset": "999999999999" }));
  now += 3_599_000;
  expect(quota.isLow()).toBe(true);
  now += 1_000;
  expect(quota.isLow()).toBe(false);
});
