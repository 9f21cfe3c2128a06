import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { type CiJob, HEAD, INVALID_POOL, openCiJob } from "./ci-desk.ts";
import { pool } from "./manifests.ts";
import { checkOutAction, openRunner, type Runner, readCiFile, runGitlabScript, runSteps } from "./run-ci-file.ts";
import { type Desk, openDesk } from "./run-program.ts";

const OTHER = "e".repeat(40);

/** A desk whose repository has its manifests in `routing`, as the examples say. */
async function openRoutingDesk(text = pool("prod")): Promise<Desk> {
  const desk = await openDesk();
  desk.write({ "routing/pools/prod.yaml": text });
  return desk;
}

function sticky({ forge, number }: CiJob) {
  return forge.comments(number).filter(({ author }) => author === forge.self);
}

describe("the action", () => {
  function open(job: CiJob, desk: Desk, inputs: Readonly<Record<string, string>> = {}): Runner {
    const given = { path: "routing", name: "production", comment: "true", status: "poolkeeper/plan", ...inputs };
    const all = {
      ...{ endpoint: desk.served.url, org: "acme", "github-token": job.forge.token },
      ...given,
    };
    const expressions = Object.fromEntries(Object.entries(all).map(([name, value]) => [`inputs.${name}`, value]));
    const runner = openRunner(job.env, { workspace: desk.repository, expressions });
    return {
      ...runner,
      expressions: { ...expressions, "runner.temp": runner.temporary, "github.action_path": checkOutAction() },
    };
  }

  test("comments a plan and puts it in the summary", async () => {
    const [job, desk] = [await openCiJob("github"), await openRoutingDesk()];
    const { code, summary } = await runSteps(readCiFile("action.yml").runs.steps, open(job, desk));
    expect({ code, statuses: job.forge.statuses(HEAD) }).toMatchObject({ code: 0, statuses: [{ state: "success" }] });
    expect(sticky(job)[0]?.body).toContain("1 to add");
    expect(summary).toContain("1 to add");
  });

  test("ends with the plan's exit code once what is wrong is told, at its place in the repository", async () => {
    const [job, desk] = [await openCiJob("github"), await openRoutingDesk(INVALID_POOL)];
    const { code } = await runSteps(readCiFile("action.yml").runs.steps, open(job, desk));
    expect({ code, statuses: job.forge.statuses(HEAD) }).toMatchObject({ code: 3, statuses: [{ state: "failure" }] });
    expect(job.forge.checks(HEAD)[0]?.annotations[0]?.path).toBe("routing/pools/prod.yaml");
  });

  test("takes further options a word a line, and writes nothing on the forge where it is told so", async () => {
    const [job, desk] = [await openCiJob("github"), await openRoutingDesk()];
    const inputs = { comment: "false", "plan-options": "--exclude\ncluster_pool.prod\n" };
    const { code, summary } = await runSteps(readCiFile("action.yml").runs.steps, open(job, desk, inputs));
    expect({ code, calls: job.forge.calls() }).toEqual({ code: 0, calls: [] });
    expect(summary).toContain("No changes");
  });
});

describe("a tarball with another checksum", () => {
  test.each([
    ["github", ["deploy", "ci", "github", "poolkeeper-fork-plan.yaml"], "jobs.plan.steps"],
    ["github", ["deploy", "ci", "github", "poolkeeper-fork-comment.yaml"], "jobs.comment.steps"],
    ["gitea", ["deploy", "ci", "gitea", "poolkeeper.yaml"], "jobs.plan.steps"],
    ["gitlab", ["deploy", "ci", "gitlab", "poolkeeper.gitlab-ci.yml"], "poolkeeper-plan.script"],
  ])("is not installed by the %s file %j", async (kind, path, place) => {
    const part = place.split(".").reduce((value, name) => value[name], readCiFile(...path));
    const workspace = makeTemporaryFolder();
    const runner = openRunner({ POOLKEEPER_FOLDER: join(workspace, "p"), CI_PROJECT_DIR: workspace }, { workspace });
    const forged = { ...runner, env: { ...runner.env, POOLKEEPER_SHA256: "0".repeat(64) } };
    const end = kind === "gitlab" ? await runGitlabScript(part, forged) : await runSteps(part.slice(0, 4), forged);
    expect(end.code).not.toBe(0);
    expect(end.log).toContain("FAILED");
  });
});

describe("a pull request of a fork", () => {
  /** The job without a token: gives the folder of what it leaves. */
  async function leave(job: CiJob, desk: Desk, endpoint: string): Promise<string> {
    const { GITHUB_TOKEN: _none, ...without } = job.env;
    const file = readCiFile("deploy", "ci", "github", "poolkeeper-fork-plan.yaml").jobs.plan;
    const env = { ...without, ...file.env, POOLKEEPER_ENDPOINT: endpoint, POOLKEEPER_ORG: "acme" };
    const runner = openRunner(env, { workspace: desk.repository });
    expect(await runSteps(file.steps, runner)).toMatchObject({ code: 0 });
    return join(runner.temporary, "left");
  }

  /** The job with a token, after the run that GitHub says was of that commit. `left`: what it finds as the artefact. */
  async function comment(job: CiJob, left: string, head = HEAD, branch = "feature") {
    const event = job.file("run.json", {
      workflow_run: {
        ...{ event: "pull_request", head_sha: head, head_branch: branch, html_url: "https://example.com/run" },
        head_repository: { full_name: "mallory/pools" },
      },
    });
    const file = readCiFile("deploy", "ci", "github", "poolkeeper-fork-comment.yaml").jobs.comment;
    const env = { ...job.env, ...file.env, GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: event };
    const runner = openRunner(env, { workspace: job.folder, expressions: { "github.token": job.forge.token } });
    cpSync(left, join(runner.temporary, "left"), { recursive: true, verbatimSymlinks: true });
    return runSteps(file.steps, runner);
  }

  const openFork = () => openCiJob("github", { fork: "mallory/pools" });

  test("is planned without a token and commented by a job that has one", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    const left = await leave(job, desk, desk.served.url);
    expect(job.forge.calls()).toEqual([]);
    expect(await comment(job, left)).toMatchObject({ code: 0 });
    expect(sticky(job)[0]?.body).toContain("1 to add");
    expect(sticky(job)[0]?.body).toContain("A job of the fork made this plan and could have forged it.");
    expect(job.forge.statuses(HEAD)).toMatchObject([
      {
        context: "poolkeeper/fork-plan",
        state: "pending",
        description: expect.stringContaining("unverified: 1 to add"),
      },
    ]);
    expect(job.forge.unknown()).toEqual([]);
  });

  test("is only validated without an endpoint, and its mistakes are told", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    expect(await comment(job, await leave(job, desk, ""))).toMatchObject({ code: 0 });
    expect(sticky(job)[0]?.body).toContain("comes from a fork");
    desk.write({ "routing/pools/prod.yaml": INVALID_POOL });
    expect(await comment(job, await leave(job, desk, ""))).toMatchObject({ code: 0 });
    expect(sticky(job)).toHaveLength(1);
    expect(sticky(job)[0]?.body).toContain("in the manifests of");
  });

  test("can't have a comment on somebody else's request", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    const victim = job.forge.openRequest({ title: "B", author: "sam", branch: "other", base: "main", sha: OTHER });
    const left = await leave(job, desk, desk.served.url);
    const file = join(left, "request.json");
    const request = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...request, number: victim }));
    expect(await comment(job, left)).toMatchObject({ code: 5 });
    writeFileSync(file, JSON.stringify({ ...request, number: victim, head: OTHER }));
    const { code, log } = await comment(job, left);
    expect({ code, log }).toEqual({ code: 1, log: expect.stringContaining("may be forged") });
    expect(job.forge.comments(victim)).toEqual([]);
    expect(job.forge.statuses(OTHER)).toEqual([]);
  });

  test("can't speak for a request with the same commit on another branch", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    const left = await leave(job, desk, desk.served.url);
    expect(await comment(job, left, HEAD, "copied")).toMatchObject({ code: 1 });
    expect(sticky(job)).toEqual([]);
  });

  test("can't speak for a request of the same commit and branch that comes from elsewhere", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    const left = await leave(job, desk, desk.served.url);
    // A commit is pushed to a fork as it is, and its branch is named the same.
    const same = { title: "B", author: "sam", branch: "feature", base: "main", sha: HEAD };
    const victims = [job.forge.openRequest(same), job.forge.openRequest({ ...same, fork: "sam/pools" })];
    const request = JSON.parse(readFileSync(join(left, "request.json"), "utf8"));
    for (const number of victims) {
      writeFileSync(join(left, "request.json"), JSON.stringify({ ...request, number }));
      const { code, log } = await comment(job, left);
      expect({ code, log }).toEqual({ code: 1, log: expect.stringContaining("may be forged") });
      expect(job.forge.comments(number)).toEqual([]);
    }
    expect(job.forge.statuses(HEAD)).toEqual([]);
  });

  test("whose artefact is of an older commit is stale, and says nothing", async () => {
    const [job, desk] = [await openFork(), await openRoutingDesk()];
    const left = await leave(job, desk, desk.served.url);
    job.forge.changeRequest(job.number, { sha: OTHER });
    expect(await comment(job, left)).toMatchObject({ code: 5 });
    expect(sticky(job)).toEqual([]);
  });

  test.each<readonly [string, string, (left: string, job: CiJob) => void]>([
    [
      "a request of another repository",
      "is of another repository",
      (left, { number }) => writeRequest(left, { number, repository: "sam/pools" }),
    ],
    ["a number that is none", "does not identify a request", (left) => writeRequest(left, { number: "7; rm -rf /" })],
    [
      "a request that is no JSON",
      "does not identify a request",
      (left) => writeFileSync(join(left, "request.json"), "{"),
    ],
    [
      "a request beyond all size",
      "more than 10000 are not read",
      (left) => writeFileSync(join(left, "request.json"), "[".repeat(20_000)),
    ],
    [
      "a plan that is a link to a file of the job",
      "it is not a file, or a link",
      (left, job) => link(left, job.file("secret", "top-secret")),
    ],
    ["a plan that is a folder", "it is not a file", (left) => mkdirSync(join(left, "result.json"))],
    [
      "mistakes with an address that breaks lines",
      "is not an output of plan",
      (left) => writeFileSync(join(left, "result.json"), HOSTILE),
    ],
  ])("with %s is refused, and nothing of it is shown", async (_name, message, spoil) => {
    const job = await openFork();
    const left = join(job.folder, "left");
    mkdirSync(left);
    writeRequest(left, { number: job.number });
    spoil(left, job);
    const { code, log } = await comment(job, left);
    expect({ code, calls: job.forge.calls() }).toEqual({ code: 1, calls: [] });
    expect(log).toContain(message);
    expect(log).not.toMatch(/top-secret|rm -rf|::set-output/);
  });

  function writeRequest(left: string, fields: object): void {
    const request = { format_version: "1.0", repository: "acme/pools", head: HEAD, base: null, ...fields };
    writeFileSync(join(left, "request.json"), JSON.stringify(request));
  }

  function link(left: string, target: string): void {
    symlinkSync(target, join(left, "result.json"));
  }

  const HOSTILE = JSON.stringify({
    diagnostics: [
      {
        ...{ severity: "error", code: "unknown-field", summary: "", detail: "", file: "a.yaml", line: 1, column: 1 },
        address: "cluster.a\n::set-output name=x::y",
      },
    ],
  });
});

describe.each(["gitlab", "gitea"] as const)("the example for %s", (kind) => {
  /** A clone at the head of a branch, behind a base that has moved on. */
  function clone(job: CiJob, base: Readonly<Record<string, string>>) {
    const repository = createGitRepository(job.folder);
    repository.push({ "routing/pools/prod.yaml": pool("prod") });
    const head = repository.push({ "routing/pools/mine.yaml": pool("mine") }, { branch: "feature", from: "main" });
    const moved = repository.push(base, { branch: "main" });
    const workspace = join(job.folder, "clone");
    repository.ask("clone", "--quiet", "--branch", "feature", repository.folder, workspace);
    job.forge.changeRequest(job.number, { sha: head });
    return { workspace, head, moved };
  }

  async function run(job: CiJob, { workspace, head }: { readonly workspace: string; readonly head: string }) {
    const desk = await openDesk();
    const target = { POOLKEEPER_ENDPOINT: desk.served.url, POOLKEEPER_ORG: "acme" };
    if (kind === "gitlab") {
      const file = readCiFile("deploy", "ci", "gitlab", "poolkeeper.gitlab-ci.yml");
      const plan = file["poolkeeper-plan"];
      const own = { CI_COMMIT_SHA: head, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main", CI_PROJECT_DIR: workspace };
      const tools = { POOLKEEPER_FOLDER: join(job.folder, "tools"), POOLKEEPER_PATH: "routing" };
      const env = { ...job.env, ...target, ...file.variables, ...plan.variables, ...own, ...tools };
      return runGitlabScript(plan.script, openRunner(env, { workspace }));
    }
    const event = job.file("event.json", { pull_request: { number: job.number, head: { sha: head }, base: {} } });
    const { plan } = readCiFile("deploy", "ci", "gitea", "poolkeeper.yaml").jobs;
    const expressions = {
      "github.event.pull_request.base.ref": "main",
      "vars.POOLKEEPER_ENDPOINT": desk.served.url,
      "vars.POOLKEEPER_ORG": "acme",
      "secrets.POOLKEEPER_FORGE_TOKEN": job.forge.token,
    };
    const env = { ...job.env, ...plan.env, GITHUB_EVENT_PATH: event };
    return runSteps(plan.steps, openRunner(env, { workspace, expressions }));
  }

  test("plans the head merged into a base that has moved on, and says into which commit", async () => {
    const job = await openCiJob(kind);
    const cloned = clone(job, { "routing/pools/theirs.yaml": pool("theirs") });
    expect(await run(job, cloned)).toMatchObject({ code: 0 });
    expect(sticky(job)[0]?.body).toContain("3 to add");
    expect(sticky(job)[0]?.body).toContain(`merged into \`${cloned.moved.slice(0, 12)}\``);
    expect(job.forge.statuses(cloned.head)).toMatchObject([{ context: "poolkeeper/plan", state: "success" }]);
  });

  test("says that the branch conflicts, and fails", async () => {
    const job = await openCiJob(kind);
    const cloned = clone(job, { "routing/pools/mine.yaml": pool("mine", "# theirs\n") });
    expect(await run(job, cloned)).toMatchObject({ code: 1 });
    expect(sticky(job)[0]?.body).toContain("conflicts");
    expect(job.forge.statuses(cloned.head)).toMatchObject([{ state: kind === "gitlab" ? "failure" : "error" }]);
  });
});
