import { expect, test } from "vitest";
import { findSkip } from "../../src/pull-requests/find-skip.ts";

const OWN = { head: { sha: "a", branch: "b", fork: false, repository: "acme/pools" }, draft: false, labels: [] };
const CONFIG = { forks: false, drafts: false, skip_label: "poolkeeper-skip" };

test("a request of the repository itself is looked at", () => {
  expect(findSkip(OWN, CONFIG, false)).toBeNull();
});

test.each([
  ["a draft", { ...OWN, draft: true }, "draft"],
  ["one with the label", { ...OWN, labels: ["x", "poolkeeper-skip"] }, "label"],
] as const)("%s is skipped until somebody asks for it", (_, request, reason) => {
  expect(findSkip(request, CONFIG, false)).toBe(reason);
  expect(findSkip(request, CONFIG, true)).toBeNull();
});

test("one from a fork is skipped whoever asks, unless those are planned", () => {
  const fork = { ...OWN, head: { ...OWN.head, fork: true } };
  expect([findSkip(fork, CONFIG, true), findSkip(fork, { ...CONFIG, forks: true }, false)]).toEqual(["fork", null]);
});
