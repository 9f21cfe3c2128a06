import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { runDeployTool } from "../set-up/deploy-tools.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ACTION = join(ROOT, "action.yml");
const CI = join(ROOT, "deploy", "ci");
const WORKFLOWS = [
  join(CI, "github", "poolkeeper.yaml"),
  join(CI, "github", "poolkeeper-fork-plan.yaml"),
  join(CI, "github", "poolkeeper-fork-comment.yaml"),
  join(CI, "gitea", "poolkeeper.yaml"),
];
const PIPELINE = join(CI, "gitlab", "poolkeeper.gitlab-ci.yml");
const HOOKS = join(ROOT, ".pre-commit-hooks.yaml");
const ALL = [ACTION, ...WORKFLOWS, PIPELINE];

function read(file: string): ReturnType<typeof Object> {
  return Object(load(readFileSync(file, "utf8")));
}

/** A copy of a file with one part of its text replaced, beside the others' names. */
function spoil(file: string, part: string, by: string): string {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(part);
  const copy = join(makeTemporaryFolder(), "spoiled.yml");
  writeFileSync(copy, text.replace(part, by));
  return copy;
}

async function judge(schema: string, files: readonly string[]): Promise<string> {
  const transform = schema === "gitlab-ci" ? ["--data-transform", "gitlab-ci"] : [];
  const args = ["--builtin-schema", `vendor.${schema}`, ...transform, ...files];
  const { code, stdout, stderr } = await runDeployTool("check-jsonschema", args);
  return code === 0 ? "" : stdout + stderr;
}

/** Holes that somebody could use; low ones are matters of taste. */
async function findHoles(files: readonly string[]): Promise<readonly string[]> {
  const options = [
    "--offline",
    "--no-progress",
    "--persona",
    "pedantic",
    "--min-severity",
    "medium",
    "--format",
    "json",
  ];
  const { stdout } = await runDeployTool("zizmor", [...options, ...files]);
  const findings: readonly { readonly ident: string }[] = JSON.parse(stdout);
  return findings.map(({ ident }) => ident);
}

describe("the files for CI", () => {
  test("are what GitHub, Gitea, GitLab and pre-commit take", async () => {
    expect(await judge("github-actions", [ACTION])).toBe("");
    expect(await judge("github-workflows", WORKFLOWS)).toBe("");
    expect(await judge("gitlab-ci", [PIPELINE])).toBe("");
    expect(await runDeployTool("pre-commit", ["validate-manifest", HOOKS])).toMatchObject({ code: 0 });
  });

  test("a mistake in each of them is found", async () => {
    expect(await judge("github-actions", [spoil(ACTION, "using: composite", "using: compost")])).not.toBe("");
    const workflow = spoil(WORKFLOWS[0] ?? "", "runs-on: ubuntu-latest", "runs-of: ubuntu-latest");
    expect(await judge("github-workflows", [workflow])).not.toBe("");
    expect(await judge("gitlab-ci", [spoil(PIPELINE, "interruptible: true", "interruptible: [1]")])).not.toBe("");
    const hooks = spoil(HOOKS, "language: node", "language: nodejs");
    expect(await runDeployTool("pre-commit", ["validate-manifest", hooks])).toMatchObject({ code: 1 });
  });

  test("have no hole that an audit of workflows finds", async () => {
    expect(await findHoles([ACTION, ...WORKFLOWS])).toEqual([]);
  });

  test.each([
    ["an input within a script", ACTION, 'plan "$FOLDER"', 'plan "$' + '{{ inputs.path }}"', "template-injection"],
    [
      "an action without a pin",
      ACTION,
      "setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020",
      "setup-node@v4",
      "unpinned-uses",
    ],
    ["all rights", WORKFLOWS[0] ?? "", "permissions: {}", "permissions: write-all", "excessive-permissions"],
  ])("%s is found by that audit", async (_name, file, part, by, ident) => {
    expect(await findHoles([nameAs(file, spoil(file, part, by))])).toContain(ident);
  });

  test("run this version of poolkeeper on the Node that it pins", () => {
    const {
      version,
      devDependencies,
      private: isPrivate,
    } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    // Nothing is published under the name, and nothing is looked up by it: who takes it on a registry gets nobody's tokens.
    expect(isPrivate).toBe(true);
    for (const file of ALL.filter((each) => each !== WORKFLOWS[0] && each !== HOOKS)) {
      expect(readFileSync(file, "utf8"), file).not.toMatch(/npx|npm install[^\n]*poolkeeper@|poolkeeper@\$/);
    }
    for (const file of [...WORKFLOWS.slice(1), PIPELINE]) {
      const text = readFileSync(file, "utf8");
      expect(text.indexOf("sha256sum --check"), file).toBeGreaterThan(text.indexOf("--output poolkeeper.tgz"));
      expect(text.indexOf("npm install"), file).toBeGreaterThan(text.indexOf("sha256sum --check"));
    }
    expect(readFileSync(WORKFLOWS[0] ?? "", "utf8")).toContain(`poolkeeper@v${version}`);
    const nodes = ALL.flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(/(?:node-version: |image: node:)([\d.]+)/g),
    ]);
    expect(new Set(nodes.map(([, node]) => node))).toEqual(new Set([devDependencies.node]));
    expect(read(HOOKS)[0].language_version).toBe(devDependencies.node);
  });

  test("give no job more than it needs, and a fork's job nothing but the files", () => {
    const rights = Object.fromEntries(
      WORKFLOWS.map((file) => [
        relative(CI, file),
        Object.values(read(file).jobs).map((job) => Object(job).permissions),
      ]),
    );
    const tell = { "pull-requests": "write", statuses: "write", checks: "write" };
    expect(rights).toEqual({
      "github/poolkeeper.yaml": [{ contents: "read", ...tell }],
      "github/poolkeeper-fork-plan.yaml": [{ contents: "read" }],
      "github/poolkeeper-fork-comment.yaml": [{ actions: "read", ...tell }],
      "gitea/poolkeeper.yaml": [{ contents: "read" }],
    });
    expect(readFileSync(WORKFLOWS[1] ?? "", "utf8")).not.toMatch(/secrets\.|github\.token/);
    expect(readFileSync(WORKFLOWS[2] ?? "", "utf8")).not.toMatch(/actions\/checkout|secrets\./);
  });
});

/** The audit knows a file by its place: workflows and actions by those names. */
function nameAs(file: string, copy: string): string {
  const name = file === ACTION ? "action.yml" : "workflow.yaml";
  const named = join(makeTemporaryFolder(), name);
  writeFileSync(named, readFileSync(copy, "utf8"));
  return named;
}
