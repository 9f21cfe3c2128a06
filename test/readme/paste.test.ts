/** What a newcomer pastes into a shell or a CI, as the documents have it: the addresses are a test's own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { load } from "js-yaml";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CiJob, HEAD, openCiJob } from "../cli/ci-desk.ts";
import { pool } from "../cli/manifests.ts";
import { checkOutAction, openRunner, readCiFile, runGitlabScript, runSteps } from "../cli/run-ci-file.ts";
import { homeIn, openDesk, PROGRAM } from "../cli/run-program.ts";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const IN_TERMINAL = join(ROOT, "test", "cli", "answer-in-terminal.py");

/** A section of a document, with those below it. A comment in a file that is shown is no heading: it begins with a path. */
function readSection(document: string, heading: string): string {
  const text = readFileSync(join(ROOT, document), "utf8");
  const [level = ""] = /^#+/.exec(heading) ?? [];
  const [, section = ""] = text.split(`\n${heading}\n`);
  return section.split(new RegExp(`^#{1,${level.length}} (?=[A-Z])`, "m"))[0] ?? "";
}

/** The lines that are shown as a shell's, without their indent. */
function readCommands(section: string): readonly string[] {
  return [...section.matchAll(/^ {4}(\S.*)$/gm)].map(([, line = ""]) => line);
}

/** The files that are shown with their path in their first line. */
function readFiles(section: string): Readonly<Record<string, string>> {
  const blocks = section.matchAll(/^```yaml\n# (\S+)\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, path = "", body = ""]) => [path, body]));
}

/** A home with `poolkeeper` on its path. */
function openHome(env: Readonly<Record<string, string>> = {}) {
  const folder = makeTemporaryFolder();
  const { env: own } = openRunner(homeIn(folder), { workspace: folder });
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, body] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), body);
    }
  };
  /** Runs the lines in a terminal, where a question is answered with yes. */
  const paste = async (lines: readonly string[]) => {
    const script = ["-c", ["set -e", ...lines].join("\n")];
    const child = spawn("python3", [IN_TERMINAL, "all", "yes\r", "bash", ...script], {
      ...{ cwd: folder, env: { ...own, ...env, TERM: "dumb" }, stdio: ["ignore", "pipe", "pipe"] },
    });
    const [shown, wrong, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect([code, shown, wrong]).toEqual([0, shown, ""]);
    return shown.replaceAll("\r", "");
  };
  return { folder, write, paste };
}

/** Starts a line that serves a control plane, on a free port. Gives its address. */
async function serve(line: string): Promise<string> {
  const folder = makeTemporaryFolder();
  const args = line.replace(/^poolkeeper /, "").replace(/--port \d+/, "--port 0");
  const child = spawn(process.execPath, [PROGRAM, ...args.split(" ")], { env: homeIn(folder), cwd: folder });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [first] = await once(createInterface({ input: child.stdout }), "line");
  return JSON.parse(String(first)).url;
}

describe("the start", () => {
  const section = readSection("docs/start.md", "## Try it in five minutes");
  const own = readSection("docs/start.md", "## Your own control plane");
  const takeOver = readSection("docs/operate.md", "## Take over");

  test("leads to an applied folder, whose import plans to nothing", async () => {
    const [served = "", ...lines] = readCommands(section);
    const url = await serve(served);
    const at = (all: readonly string[]) =>
      all.map((line) => line.replace(/(POOLKEEPER_ENDPOINT=)\S+/, `$1${url}`).replace("POOLKEEPER_TOKEN=...", ""));
    const init = lines.findIndex((line) => line.startsWith("poolkeeper init")) + 1;
    const home = openHome();
    await home.paste(at(lines.slice(0, init)));
    home.write(readFiles(section));
    const connect = at(lines.slice(0, init - 1));
    const applied = await home.paste([...connect, ...lines.slice(init)]);
    expect(applied).toContain("Apply complete!");
    expect(applied).toMatch(/\bqueue\.training\b|\btraining\b.*cpu-1/);

    const [, before = "", after = ""] = /change `([^`]+)` to `([^`]+)`/.exec(section) ?? [];
    const [file = "", body = ""] =
      Object.entries(readFiles(section)).find(([, content]) => content.includes(before)) ?? [];
    expect(file).not.toBe("");
    home.write({ [file]: body.replace(before, `clusters: ${after}`) });
    const graph = /`(poolkeeper graph [^`]+)`/.exec(section)?.[1] ?? "";
    expect(await home.paste([...connect, "poolkeeper apply config-repo", graph])).toContain("Apply complete!");
    expect(readFileSync(join(home.folder, "routing.svg"), "utf8")).toContain("<svg");

    const again = openHome();
    expect(await again.paste(at(readCommands(own)))).toContain("No changes. The control plane matches the manifests.");
    const taken = openHome();
    const shown = await taken.paste([...connect, ...readCommands(takeOver)]);
    expect(shown).toContain("No changes. The control plane matches the manifests.");
  });
});

describe("the README", () => {
  const [commands = [], inCi = []] = ["**On the command line**", "**On pull requests, from CI**"].map((start) => {
    const [, rest = ""] = readFileSync(join(ROOT, "README.md"), "utf8").split(start);
    return readCommands(rest.split(/^\*\*/m)[0] ?? "");
  });

  test("has a command line that checks, plans, applies the plan, and shows what is there", async () => {
    const desk = await openDesk();
    const home = openHome({ POOLKEEPER_ENDPOINT: desk.served.url, POOLKEEPER_ORG: "acme" });
    home.write({ "routing/pools/prod.yaml": pool("prod") });
    expect(commands).toHaveLength(4);
    expect(await home.paste(commands)).toContain("Apply complete!");
    expect(desk.served.model.state.pool.rows.has("prod")).toBe(true);
  });

  test.each(["github", "gitlab", "gitea"] as const)(
    "has two lines that comment a plan from a job of %s",
    async (kind) => {
      const [job, desk] = [await openCiJob(kind), await openDesk()];
      const home = openHome();
      home.write({ "routing/pools/prod.yaml": pool("prod") });
      const target = { POOLKEEPER_ENDPOINT: desk.served.url, POOLKEEPER_ORG: "acme" };
      const runner = openRunner({ ...job.env, ...target }, { workspace: home.folder });
      for (const lines of [inCi, readCommands(readSection("docs/pull-requests.md", "## From CI")).slice(0, 2)]) {
        expect(await runGitlabScript(lines, runner)).toMatchObject({ code: 0 });
        expect(commentsOf(job)).toEqual([expect.stringContaining("1 to add")]);
      }
    },
  );
});

describe("the document about pull requests", () => {
  test("has steps for GitHub that plan and comment", async () => {
    const [job, desk] = [await openCiJob("github"), await openDesk()];
    desk.write({ "routing/pools/prod.yaml": pool("prod") });
    const { steps, permissions } = readBlock("### GitHub");
    const { inputs, runs } = readCiFile("action.yml");
    const [used] = steps.filter(({ uses }: { readonly uses: string }) => uses.includes("/poolkeeper@"));
    const known: Readonly<Record<string, string>> = {
      ...{ "${{ vars.POOLKEEPER_ENDPOINT }}": desk.served.url, "${{ vars.POOLKEEPER_ORG }}": "acme" },
      "${{ secrets.POOLKEEPER_TOKEN }}": "",
    };
    expect(Object.keys(used.with).filter((name) => !(name in inputs))).toEqual([]);
    expect(permissions).toEqual(readCiFile("deploy", "ci", "github", "poolkeeper.yaml").jobs.plan.permissions);
    const given = Object.entries({ ...defaultsOf(inputs), ...used.with }).map(([name, value]) => [
      `inputs.${name}`,
      known[String(value)] ?? String(value),
    ]);
    const runner = openRunner(job.env, { workspace: desk.repository });
    const expressions = {
      ...{ ...Object.fromEntries(given), "inputs.github-token": job.forge.token },
      ...{ "runner.temp": runner.temporary, "github.action_path": checkOutAction() },
    };
    expect(await runSteps(runs.steps, { ...runner, expressions })).toMatchObject({ code: 0 });
    expect(commentsOf(job)).toEqual([expect.stringContaining("`production`")]);
    expect(job.forge.statuses(HEAD)).toMatchObject([{ context: "poolkeeper/plan", state: "success" }]);
  });

  test("has variables for GitLab with which the included job plans and comments", async () => {
    const [job, desk] = [await openCiJob("gitlab"), await openDesk()];
    const repository = createGitRepository(job.folder);
    const head = repository.push({ "routing/pools/prod.yaml": pool("prod") });
    const workspace = join(job.folder, "clone");
    repository.ask("clone", "--quiet", repository.folder, workspace);
    job.forge.changeRequest(job.number, { sha: head });
    const { include, variables } = readBlock("### GitLab");
    expect(include).toEqual([{ local: "poolkeeper.gitlab-ci.yml" }]);
    const file = readCiFile("deploy", "ci", "gitlab", "poolkeeper.gitlab-ci.yml");
    const { script, variables: own } = file["poolkeeper-plan"];
    const forge = { CI_COMMIT_SHA: head, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main", CI_PROJECT_DIR: workspace };
    const project = { POOLKEEPER_ENDPOINT: desk.served.url, POOLKEEPER_ORG: "acme" };
    const tools = { POOLKEEPER_FOLDER: join(job.folder, "tools") };
    const env = { ...job.env, ...file.variables, ...variables, ...own, ...forge, ...project, ...tools };
    expect(await runGitlabScript(script, openRunner(env, { workspace }))).toMatchObject({ code: 0 });
    expect(commentsOf(job)).toEqual([expect.stringContaining("1 to add")]);
  });

  test("has a hook of pre-commit that checks the folder that it names", async () => {
    const [{ hooks: [hook = {}] = [] } = {}] = readBlock("### pre-commit").repos;
    const line = [hook.entry, ...hook.args].join(" ");
    const home = openHome();
    home.write({ "routing/pools/prod.yaml": pool("prod") });
    expect(await home.paste([line])).toContain("Valid: 1 cluster pool");
    expect(new RegExp(hook.files).test("routing/pools/prod.yaml")).toBe(true);
  });
});

/** The first block of YAML of a section. */
function readBlock(heading: string): ReturnType<typeof Object> {
  const [, block = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(readSection("docs/pull-requests.md", heading)) ?? [];
  return Object(load(block));
}

function defaultsOf(inputs: Readonly<Record<string, { readonly default?: string }>>) {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default ?? ""]));
}

function commentsOf({ forge, number }: CiJob): readonly string[] {
  return forge
    .comments(number)
    .filter(({ author }) => author === forge.self)
    .map(({ body }) => body);
}
