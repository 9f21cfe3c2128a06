/**
 * The attacker opens a request from a fork. What the fork's own job leaves, result and metadata, is theirs to write. A second job with a
 * token reports it, after a run of which the forge itself names commit, branch and repository. They want the status that a protected branch
 * asks for, on their request or on another one.
 */
import { describe, expect, test } from "vitest";
import { type CiJob, HEAD, openCiJob, printPlans } from "../cli/ci-desk.ts";

const OTHER = "c".repeat(40);

/** A job after a run that GitHub says was of this commit in that repository, with a forged plan that is fine. */
async function openTrusted(fork: string | null, named: object = {}) {
  const { plan } = await printPlans();
  const job = await openCiJob("github", fork === null ? {} : { fork });
  const event = job.file("run.json", {
    workflow_run: {
      ...{ event: "pull_request", head_sha: HEAD, head_branch: "feature", html_url: "https://example.com/run" },
      ...{ head_repository: { full_name: fork ?? "acme/pools" }, ...named },
    },
  });
  const env = { GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: event };
  const metadata = (fields: object) =>
    job.file("request.json", { format_version: "1.0", repository: "acme/pools", head: HEAD, base: null, ...fields });
  const run = (...args: readonly string[]) => job.run(["pr-comment", job.file("production.json", plan), ...args], env);
  return { job, metadata, run };
}

const statuses = ({ forge }: CiJob, sha = HEAD) => forge.statuses(sha).map(({ context, state }) => [context, state]);

describe("a plan that a fork's job left", () => {
  test("is no success, and its status has a name of its own", async () => {
    const { job, metadata, run } = await openTrusted("mallory/pools");
    expect(await run("--metadata", metadata({ number: job.number }))).toMatchObject({ code: 0 });
    expect(statuses(job)).toEqual([["poolkeeper/fork-plan", "pending"]]);
  });

  test("is no success either under a name that the job was told", async () => {
    const { job, metadata, run } = await openTrusted("mallory/pools");
    const said = await run("--metadata", metadata({ number: job.number }), "--status", "poolkeeper/plan");
    expect(said).toMatchObject({ code: 0 });
    expect(statuses(job)).toEqual([["poolkeeper/plan", "pending"]]);
  });

  test("is no more believed where the job reads the number from it and passes it on", async () => {
    const { job, run } = await openTrusted("mallory/pools");
    expect(await run("--number", String(job.number))).toMatchObject({ code: 0 });
    expect(statuses(job)).toEqual([["poolkeeper/fork-plan", "pending"]]);
    const other = job.forge.openRequest({ title: "B", author: "sam", branch: "feature", base: "main", sha: OTHER });
    const said = await run("--number", String(other), "--head", OTHER);
    expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining("the run was of") });
    expect(statuses(job, OTHER)).toEqual([]);
  });

  test("says nothing on a request of this repository that is at the same commit, on a branch of the same name", async () => {
    const { job, metadata, run } = await openTrusted("mallory/pools");
    const other = job.forge.openRequest({ title: "B", author: "sam", branch: "feature", base: "main", sha: HEAD });
    for (const args of [
      ["--metadata", metadata({ number: other })],
      ["--number", String(other)],
    ]) {
      expect(await run(...args)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("another repository's branch"),
      });
    }
    expect([job.forge.comments(other), statuses(job)]).toEqual([[], []]);
  });

  test("is not this repository's own where the forge names no repository", async () => {
    const { job, metadata, run } = await openTrusted(null, { head_repository: null });
    expect(await run("--metadata", metadata({ number: job.number }))).toMatchObject({ code: 1 });
    expect(statuses(job)).toEqual([]);
  });
});

test("a plan that a branch of this repository left is a success under a name of its own", async () => {
  const { job, metadata, run } = await openTrusted(null);
  expect(await run("--metadata", metadata({ number: job.number }))).toMatchObject({ code: 0 });
  expect(statuses(job)).toEqual([["poolkeeper/fork-plan", "success"]]);
});
