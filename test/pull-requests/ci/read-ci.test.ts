import { describe, expect, test } from "vitest";
import { readCi } from "../../../src/pull-requests/ci/read-ci.ts";

const HEAD = "a".repeat(40);
const BASE = "b".repeat(40);
const MERGED = "c".repeat(40);

const GITHUB = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/pools",
  GITHUB_RUN_ID: "42",
  GITHUB_EVENT_NAME: "pull_request",
  GITHUB_EVENT_PATH: "/event.json",
  GITHUB_REF: "refs/pull/7/merge",
};
const FROM = { sha: HEAD, ref: "feature", repo: { full_name: "acme/pools" } };
const PULL_REQUEST = { pull_request: { number: 7, head: FROM, base: { sha: BASE } } };
const ORIGIN = { repository: "acme/pools" };

const GITLAB = {
  GITLAB_CI: "true",
  CI_SERVER_URL: "https://gitlab.example.com",
  CI_PROJECT_PATH: "alex/pools",
  CI_MERGE_REQUEST_PROJECT_PATH: "acme/platform/pools",
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "alex/pools",
  CI_MERGE_REQUEST_IID: "7",
  CI_COMMIT_SHA: HEAD,
  CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "",
  CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "",
  CI_JOB_URL: "https://gitlab.example.com/acme/platform/pools/-/jobs/9",
};

function read(env: Readonly<Record<string, string>>, payload?: unknown) {
  return readCi(env, (file) => (file === "/event.json" ? payload : undefined));
}

describe("a job of GitHub Actions", () => {
  test("for a pull request tells its number, head, base and page", () => {
    expect(read(GITHUB, PULL_REQUEST)).toEqual({
      kind: "github",
      url: "https://github.com",
      repository: "acme/pools",
      event: { kind: "request", number: 7, head: HEAD, base: BASE, origin: ORIGIN },
      page: "https://github.com/acme/pools/actions/runs/42",
    });
  });

  test("that was given the head and not its merge into the base says that it was merged into nothing", () => {
    const run = read({ ...GITHUB, GITHUB_REF: "refs/heads/main" }, PULL_REQUEST);
    expect(run?.event).toEqual({ kind: "request", number: 7, head: HEAD, base: null, origin: ORIGIN });
  });

  test("for a merge queue tells the queue's commit and what it was made of", () => {
    const payload = { action: "checks_requested", merge_group: { head_sha: MERGED, base_sha: BASE } };
    const event = read({ ...GITHUB, GITHUB_EVENT_NAME: "merge_group" }, payload)?.event;
    expect(event).toEqual({ kind: "group", head: MERGED, base: BASE, pipeline: null });
  });

  test("after the run of a pull request tells that run's head, branch and page, and no number", () => {
    const payload = {
      workflow_run: {
        event: "pull_request",
        head_sha: HEAD,
        head_branch: "feature",
        head_repository: { full_name: "mallory/pools" },
        html_url: "https://github.com/r/1",
      },
    };
    expect(read({ ...GITHUB, GITHUB_EVENT_NAME: "workflow_run" }, payload)?.event).toEqual({
      kind: "after_run",
      head: HEAD,
      branch: "feature",
      origin: { repository: "mallory/pools" },
      page: "https://github.com/r/1",
    });
  });

  test.each([
    ["a push", { after: HEAD }],
    ["the run of a push", { workflow_run: { event: "push", head_sha: HEAD } }],
    ["a request with no number", { pull_request: { number: "x", head: { sha: HEAD } } }],
    ["a request whose head is no commit", { pull_request: { number: 7, head: { sha: "main; rm -rf" } } }],
    ["no payload", undefined],
    ["a payload that is a list", [PULL_REQUEST]],
  ])("for %s is for no request", (_name, payload) => {
    expect(read({ ...GITHUB, GITHUB_EVENT_NAME: "push" }, payload)?.event).toEqual({ kind: "other", name: "push" });
  });
});

test.each(["GITEA_ACTIONS", "FORGEJO_ACTIONS"])(
  "a runner that sets %s is Gitea's, for all of GitHub's names",
  (name) => {
    const env = {
      ...GITHUB,
      [name]: "true",
      GITHUB_SERVER_URL: "https://git.example.com/",
      GITHUB_REF: "refs/pull/7/head",
    };
    expect(read(env, PULL_REQUEST)).toMatchObject({
      kind: "gitea",
      url: "https://git.example.com",
      event: { kind: "request", number: 7, head: HEAD, base: null },
    });
  },
);

describe("a job of GitLab CI", () => {
  test("for a merge request tells the target project, the head, and that it was merged into nothing", () => {
    expect(read(GITLAB)).toEqual({
      kind: "gitlab",
      url: "https://gitlab.example.com",
      repository: "acme/platform/pools",
      event: { kind: "request", number: 7, head: HEAD, base: null, origin: { repository: "alex/pools" } },
      page: "https://gitlab.example.com/acme/platform/pools/-/jobs/9",
    });
  });

  test("in the pipeline of a merge train tells the train's commit and its pipeline", () => {
    const train = { CI_MERGE_REQUEST_EVENT_TYPE: "merge_train", CI_COMMIT_SHA: MERGED, CI_PIPELINE_ID: "31" };
    const shas = { CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: HEAD, CI_MERGE_REQUEST_TARGET_BRANCH_SHA: BASE };
    const event = read({ ...GITLAB, ...shas, ...train })?.event;
    expect(event).toEqual({ kind: "group", head: MERGED, base: BASE, pipeline: 31 });
  });

  test("in a pipeline of merged results tells the branches' commits, not the one that GitLab made", () => {
    const env = {
      ...GITLAB,
      CI_COMMIT_SHA: MERGED,
      CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: HEAD,
      CI_MERGE_REQUEST_TARGET_BRANCH_SHA: BASE,
    };
    const origin = { repository: "alex/pools" };
    expect(read(env)?.event).toEqual({ kind: "request", number: 7, head: HEAD, base: BASE, origin });
  });

  test("for a branch is for no request", () => {
    const { CI_MERGE_REQUEST_IID: _iid, CI_MERGE_REQUEST_PROJECT_PATH: _path, ...branch } = GITLAB;
    expect(read({ ...branch, CI_PIPELINE_SOURCE: "push" })).toMatchObject({
      repository: "alex/pools",
      event: { kind: "other", name: "push" },
    });
  });
});

test("a shell is no CI", () => {
  expect(read({ GITHUB_REPOSITORY: "acme/pools" })).toBeNull();
});
