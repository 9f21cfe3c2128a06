import { expect, test } from "vitest";
import type { Runner } from "../../src/daemon/create-runner.ts";
import { createWork, type WorkTools } from "../../src/daemon/create-work.ts";
import { createHandover } from "../../src/daemon/hand-over.ts";
import { createLocalJobs } from "../../src/daemon/jobs/create-local-jobs.ts";

test("a job of a target that this replica does not have is left to another one that may, and dropped after some time", async () => {
  const targets = createHandover<Runner>({ onTakenUp: () => {}, onGone: async () => {}, onError: () => {} });
  const jobs = createLocalJobs({ onError: () => {} });
  // Nothing else is used without a target.
  const { run } = createWork({ jobs, targets } as unknown as WorkTools);
  const runOne = () =>
    run("production", new AbortController().signal, async () => {}).then(
      () => "dropped",
      ({ next }) => next,
    );
  const outcomes: string[] = [];
  do outcomes.push(await runOne());
  while (!outcomes.includes("dropped") && outcomes.length < 1_000);
  expect([outcomes.length, new Set(outcomes.slice(0, -1))]).toEqual([31, new Set(["wait"])]);
  // One that is asked for later is left to others again.
  expect(await runOne()).toBe("wait");
});
