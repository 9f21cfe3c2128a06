import { expect, test } from "vitest";
import { type Job, nameJob, readJob } from "../../../src/daemon/jobs/job.ts";

const jobs: readonly (readonly [string, Job])[] = [
  ["prod", { kind: "pass", target: "prod" }],
  ["prod/requests", { kind: "review", target: "prod" }],
];

test.each(jobs)("a queue's %s is one job, which is named like that again", (name, job) => {
  expect(readJob(name)).toEqual(job);
  expect(nameJob(job)).toBe(name);
});
