import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { formatPlan } from "../../src/cli/saved-plan/format-plan.ts";
import { loadDesired } from "../../src/manifests/load-desired.ts";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";
import type { ForgeServer } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { startGithubServer } from "../pull-requests/forge/github-server.ts";
import { startGitlabServer } from "../pull-requests/forge/gitlab-server.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import type { PoolkeeperResult } from "../set-up/run-poolkeeper.ts";
import { pool } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, homeIn, openDesk } from "./run-program.ts";

export const HEAD = "a".repeat(40);
export const BASE = "b".repeat(40);

/** A job of a CI: a forge with an open request of branch `feature`, and the variables that the CI would set. */
export interface CiJob {
  readonly forge: ForgeServer;
  readonly number: number;
  readonly folder: string;
  /** What the job is given. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of a file in the job's folder; `content` is written there. */
  readonly file: (name: string, content: unknown) => string;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<PoolkeeperResult>;
}

/** The token of a workflow's run on GitHub may not ask who it is, and that of a person may have no check runs. */
export async function openCiJob(kind: ForgeKind, options: { readonly fork?: string } = {}): Promise<CiJob> {
  const forge = await startForge(kind);
  onTestFinished(() => forge.close());
  forge.allow(forge.self, "write");
  const from = options.fork === undefined ? {} : { fork: options.fork };
  const request = { title: "Route less", author: "alex", branch: "feature", base: "main", sha: HEAD, ...from };
  const number = forge.openRequest(request);
  const folder = makeTemporaryFolder();
  const file: CiJob["file"] = (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const event = file("event.json", { pull_request: { number, head: { sha: HEAD }, base: { sha: BASE } } });
  const env = { ...homeIn(folder), ...variables(forge, number, event) };
  return {
    ...{ forge, number, folder, env, file },
    run: (args, more) => runInProcess(args, { ...env, ...more }, folder),
  };
}

function startForge(kind: ForgeKind): Promise<ForgeServer> {
  switch (kind) {
    case "github":
      return startGithubServer({ tokenOf: "actions" });
    case "gitlab":
      return startGitlabServer();
    case "gitea":
      return startGiteaServer();
  }
}

function variables({ kind, url, repository, token }: ForgeServer, number: number, event: string) {
  const actions = {
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: url,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: "42",
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: event,
    GITHUB_TOKEN: token,
  };
  switch (kind) {
    case "github":
      return { ...actions, GITHUB_REF: `refs/pull/${number}/merge` };
    case "gitea":
      return { ...actions, GITEA_ACTIONS: "true", GITHUB_REF: `refs/pull/${number}/head` };
    case "gitlab":
      return {
        GITLAB_CI: "true",
        CI_SERVER_URL: url,
        CI_PROJECT_PATH: repository,
        CI_MERGE_REQUEST_PROJECT_PATH: repository,
        CI_MERGE_REQUEST_IID: String(number),
        CI_COMMIT_SHA: HEAD,
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_JOB_URL: `${url}/job/9`,
        GITLAB_TOKEN: token,
      };
  }
}

/** A mistake in its second line. */
export const INVALID_POOL = "name: prod\nconfg: {}\n";

/** What `plan --json` prints of a repository with one new pool, and of one that is invalid. */
export async function printPlans(): Promise<{ readonly plan: string; readonly invalid: string; readonly desk: Desk }> {
  const desk = await openDesk();
  desk.write({ "pools/prod.yaml": pool("prod") });
  const plan = formatPlan(await planInProcess(desk), null);
  desk.write({ "pools/prod.yaml": INVALID_POOL });
  const { diagnostics } = await loadDesired(desk.repository);
  return { plan, invalid: JSON.stringify({ diagnostics }), desk };
}
