import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDesired } from "../../../src/manifests/load-desired.ts";
import { BASE, type CiJob, HEAD, openCiJob, printPlans } from "../ci-desk.ts";

const NEXT = "d".repeat(40);

function sticky({ forge, number }: CiJob) {
  return forge.comments(number).filter(({ author }) => author === forge.self);
}

function status({ forge }: CiJob, sha = HEAD) {
  return forge.statuses(sha).map(({ context, state }) => `${context} ${state}`);
}

describe.each(["github", "gitlab", "gitea"] as const)("poolkeeper pr-comment in a job of %s", (kind) => {
  test("comments a plan once, rewrites the comment, and sets the status", async () => {
    const { plan, invalid } = await printPlans();
    const job = await openCiJob(kind);
    const file = job.file("production.json", plan);
    const first = await job.run(["pr-comment", file]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("poolkeeper/plan: success");
    expect(sticky(job)).toHaveLength(1);
    expect(sticky(job)[0]?.body).toContain("<!-- poolkeeper:production -->");
    expect(sticky(job)[0]?.body).toContain("1 to add");
    expect(sticky(job)[0]?.body).not.toContain("Comment `poolkeeper");
    expect(status(job)).toEqual(["poolkeeper/plan success"]);

    expect(await job.run(["pr-comment", job.file("production.json", invalid)])).toMatchObject({ code: 0 });
    expect(sticky(job)).toHaveLength(1);
    expect(sticky(job)[0]?.body).toContain("in the manifests of");
    expect(status(job)).toEqual(["poolkeeper/plan failure"]);
    expect(job.forge.unknown()).toEqual([]);
  });

  test("comments a mistake in a file of any name, on one line", async () => {
    const { desk } = await printPlans();
    desk.write({ "queues/a\nb.yaml": "name: q\n" });
    const { diagnostics } = await loadDesired(desk.repository);
    const job = await openCiJob(kind);
    const file = job.file("production.json", JSON.stringify({ diagnostics }));
    expect(await job.run(["pr-comment", file])).toMatchObject({ code: 0, stderr: "" });
    expect(sticky(job)[0]?.body).toContain("queues/a\\u000ab.yaml");
  });

  test("says nothing on another head than the plan's: exit 5", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob(kind);
    job.forge.changeRequest(job.number, { sha: NEXT });
    const { code, stderr } = await job.run(["pr-comment", job.file("production.json", plan)]);
    expect({ code, comments: sticky(job), statuses: status(job) }).toEqual({ code: 5, comments: [], statuses: [] });
    expect(stderr).toContain(`is at ${NEXT}, and the plan is of ${HEAD}`);
  });

  test("says nothing on a request that is closed, and that is no error", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob(kind);
    job.forge.changeRequest(job.number, { state: "closed" });
    const { code, stderr } = await job.run(["pr-comment", job.file("production.json", plan)]);
    expect({ code, comments: sticky(job) }).toEqual({ code: 0, comments: [] });
    expect(stderr).toContain("is closed: nothing is commented.");
  });
});

describe("poolkeeper pr-comment in a job for a merge queue", () => {
  test.each(["github", "gitlab"] as const)(
    "sets the status of the queue's commit and comments nothing: %s",
    async (kind) => {
      const { plan, invalid } = await printPlans();
      const job = await openCiJob(kind);
      job.forge.enqueue(job.number, "alex", NEXT);
      const event = job.file("group.json", {
        action: "checks_requested",
        merge_group: { head_sha: NEXT, base_sha: BASE },
      });
      const pipeline = /\d+$/.exec(JSON.stringify(await readPipeline(job)))?.[0] ?? "";
      const env = {
        ...{
          GITHUB_EVENT_NAME: "merge_group",
          GITHUB_EVENT_PATH: event,
          GITHUB_REF: "refs/heads/gh-readonly-queue/main/pr-1",
        },
        ...{ CI_MERGE_REQUEST_EVENT_TYPE: "merge_train", CI_COMMIT_SHA: NEXT, CI_PIPELINE_ID: pipeline },
      };
      const said = await job.run(["pr-comment", job.file("production.json", plan)], env);
      expect(said).toMatchObject({ code: 0, stderr: "" });
      expect(said.stdout).toMatch(/^poolkeeper\/plan: success, 1 to add.*\n$/);
      expect(status(job, NEXT)).toEqual(["poolkeeper/plan success"]);
      expect((await job.run(["pr-comment", job.file("production.json", invalid)], env)).code).toBe(0);
      expect(status(job, NEXT)).toEqual(["poolkeeper/plan failure"]);
      expect(status(job)).toEqual([]);
      expect(sticky(job)).toEqual([]);
    },
  );
});

/** The pipeline that a train's commit is tested by. */
async function readPipeline({ forge }: CiJob): Promise<unknown> {
  if (forge.kind !== "gitlab") return null;
  const headers = { "private-token": forge.token };
  const answer = await fetch(`${forge.url}/api/v4/projects/acme%2Fpools/merge_trains`, { headers });
  const [car] = (await answer.json()) as readonly { readonly pipeline: { readonly id: number } }[];
  return car?.pipeline.id;
}

describe("poolkeeper pr-comment", () => {
  test("marks mistakes at their lines by their paths in the repository, where the forge can", async () => {
    const { invalid } = await printPlans();
    const job = await openCiJob("github");
    await job.run(["pr-comment", job.file("production.json", invalid), "--path", "routing/"]);
    const [check] = job.forge.checks(HEAD);
    expect(check).toMatchObject({ name: "poolkeeper/validate", conclusion: "failure" });
    expect(check?.annotations[0]).toMatchObject({ path: "routing/pools/prod.yaml", line: 2, level: "failure" });
    expect(sticky(job)[0]?.body).toContain("`routing/pools/prod.yaml:2:1`");
  });

  test("tells several plans apart in comments of their own, and sets one status for them", async () => {
    const { plan, invalid } = await printPlans();
    const job = await openCiJob("gitea");
    const files = [job.file("one.json", plan), job.file("two.json", invalid)];
    const { code, stdout } = await job.run(["pr-comment", ...files, "--name", "staging", "--json"]);
    const { comments, status: set } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(comments).toMatchObject([
      { target: "staging", written: true },
      { target: "two", written: true },
    ]);
    expect(set).toMatchObject({ state: "failure", description: expect.stringContaining("two: ") });
    expect(sticky(job)).toHaveLength(2);
  });

  test("leaves a stranger's comment alone that has the marker pasted in", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob("github");
    job.forge.comment(job.number, "mallory", "<!-- poolkeeper:production -->\nAll is well");
    await job.run(["pr-comment", job.file("production.json", plan)]);
    expect(job.forge.comments(job.number).map(({ author }) => author)).toEqual(["mallory", job.forge.self]);
    expect(job.forge.comments(job.number)[0]?.body).toContain("All is well");
  });

  test("--dry-run prints the comment and calls nobody", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob("github");
    const { code, stdout } = await job.run(["pr-comment", job.file("production.json", plan), "--dry-run"], {
      GITHUB_TOKEN: "",
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<!-- poolkeeper:production -->\n/);
    expect(stdout).toContain(`head \`${HEAD.slice(0, 12)}\` merged into \`${BASE.slice(0, 12)}\``);
    expect(job.forge.calls()).toEqual([]);
  });

  test("a plan that could not be made is an error of the status, with its reason", async () => {
    const job = await openCiJob("gitea");
    const failed = { error: { code: "connection_refused", message: "https://acme.example.com can't be reached" } };
    expect(await job.run(["pr-comment", job.file("production.json", failed)])).toMatchObject({ code: 0 });
    expect(sticky(job)[0]?.body).toContain("could not be planned");
    expect(status(job)).toEqual(["poolkeeper/plan error"]);
  });

  test("concludes the status where the comment is refused, and exits 1", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob("gitea");
    job.forge.fault({ kind: "status", status: 403 }, { call: /POST .*comments/, times: 9 });
    const { code, stderr } = await job.run(["pr-comment", job.file("production.json", plan)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).not.toContain(job.forge.token);
    expect(status(job)).toEqual(["poolkeeper/plan error"]);
  });

  test("a job for no request is no error, and one whose request can't be read is", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob("github");
    const file = job.file("production.json", plan);
    const push = { GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: job.file("push.json", { after: HEAD }) };
    expect(await job.run(["pr-comment", file], push)).toMatchObject({
      ...{ code: 0, stdout: "" },
      stderr: "This job runs for no pull request (push): nothing is commented.\n",
    });
    expect(await job.run(["pr-comment", file], { GITHUB_EVENT_PATH: "/none" })).toMatchObject({ code: 1 });
    expect(job.forge.calls()).toEqual([]);
  });

  test("outside of a CI the flags say where, and a file holds the token", async () => {
    const { plan, desk } = await printPlans();
    const job = await openCiJob("gitea");
    const file = job.file("production.json", plan);
    const { url, repository, token } = job.forge;
    const where = ["--forge", "gitea", "--forge-url", url, "--repository", repository, "--number", `${job.number}`];
    const how = ["--head", HEAD, "--token-file", job.file("token", `${token}\n`)];
    expect(await desk.run(["pr-comment", file, ...where, ...how])).toMatchObject({ code: 0, stderr: "" });
    expect(sticky(job)).toHaveLength(1);
    const { code, stderr } = await desk.run(["pr-comment", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("Pass --forge, --repository, --number and --head.");
  });

  test("the CI's token is not sent to another forge, one that is given for it is", async () => {
    const { plan } = await printPlans();
    const [job, other] = [await openCiJob("gitea"), await openCiJob("gitea")];
    const elsewhere = ["pr-comment", job.file("production.json", plan), "--forge-url", other.forge.url];
    const { code, stderr } = await job.run(elsewhere);
    expect([code, other.forge.calls()]).toEqual([1, []]);
    expect(stderr).toContain("GITHUB_TOKEN is not sent to the forge of --forge-url");
    expect(stderr).toContain("Set POOLKEEPER_FORGE_TOKEN, or pass --token-file FILE");
    await job.run(elsewhere, { POOLKEEPER_FORGE_TOKEN: other.forge.token });
    expect(other.forge.calls()).not.toEqual([]);
    expect(await job.run([...elsewhere.slice(0, 3), `${job.forge.url}/`])).toMatchObject({ code: 0 });
  });

  test.each([
    ["valid manifests of an own branch without a plan", '{"diagnostics":[]}', "which is no plan"],
    ["no file at all", null, "file not found"],
    ["what is no JSON", "name: prod", "is not a saved plan"],
    ["mistakes of another shape", '{"diagnostics":[{"severity":"error"}]}', "validate --json. Create it again."],
    ["an empty file", "", "it is empty"],
  ])("%s is refused", async (_name, content, message) => {
    const job = await openCiJob("gitea");
    const file = content === null ? join(job.folder, "none.json") : job.file("production.json", content);
    const { code, stderr } = await job.run(["pr-comment", file]);
    expect({ code, comments: sticky(job) }).toEqual({ code: 1, comments: [] });
    expect(stderr).toContain(message);
  });

  test("a plan that was altered is stale, and two comments of one name are a wrong use", async () => {
    const { plan } = await printPlans();
    const job = await openCiJob("gitea");
    const altered = job.file("production.json", plan.replace('"add": 1', '"add": 0'));
    expect(await job.run(["pr-comment", altered])).toMatchObject({ code: 5 });
    const files = [job.file("one.json", plan), job.file("two.json", plan)];
    const { code, stderr } = await job.run(["pr-comment", ...files, "--name", "p", "--name", "p"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("would have the name p") });
    expect(readFileSync(altered, "utf8")).toContain('"add": 0');
  });
});
