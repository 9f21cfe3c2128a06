import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { MOVED, queue, REPOSITORY } from "../manifests.ts";
import { homeIn, openAppliedDesk, openDesk, startProgram } from "../run-program.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const EXAMPLE = join(ROOT, "examples", "flyte-config-repo");

/** The label of project1 in development, as the example has it, with another value. */
const OTHER_LABEL = `domain: development
project: project1
value: label2
`;

/** A desk with flyteadmin alone, on which the example is applied and its files are delivered. */
async function openFlyteDesk() {
  const desk = await openDesk();
  cpSync(EXAMPLE, desk.repository, { recursive: true });
  mkdirSync(join(desk.folder, "out"));
  const env = { POOLKEEPER_ENDPOINT: "", POOLKEEPER_FLYTEADMIN_ENDPOINT: desk.served.url, POOLKEEPER_DELIVER: "out" };
  const applied = await desk.run(["apply", "repository", "--auto-approve"], env);
  expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
  return { ...desk, run: (args: readonly string[], more = {}) => desk.run(args, { ...env, ...more }) };
}

describe("poolkeeper routing", () => {
  test("shows what the documents show where the label of a project changes", async () => {
    const desk = await openFlyteDesk();
    desk.write({ "execution-cluster-labels/ecl.yaml": OTHER_LABEL });
    const { code, stdout } = await desk.run([
      ...["routing", "repository", "--project", "project1", "--domain", "development"],
    ]);
    const document = readFileSync(join(ROOT, "docs", "cli.md"), "utf8");
    const shown = /```\n(project [\s\S]*?)```\n/.exec(document)?.[1];
    expect([code, stdout]).toEqual([0, shown]);
  });

  test("--json is a list with live and desired answers of every system that is known", async () => {
    const desk = await openFlyteDesk();
    desk.write({ "execution-cluster-labels/ecl.yaml": OTHER_LABEL });
    const { served } = desk;
    const place = ["--project", "project1", "--domain", "development", "--workflow", "other"];
    const { code, stdout } = await desk.run(["routing", "repository", "--json", ...place], {
      POOLKEEPER_ENDPOINT: served.url,
    });
    const asked = { asked: "run", project: "project1", domain: "development", workflow: "other" };
    const because = expect.arrayContaining([{ rule: expect.any(String), source: expect.any(String) }]);
    const both = (system: string, live: object, desired: object) => [
      { system, ...asked, because, state: "live", ...live },
      { system, ...asked, because, state: "desired", ...desired },
    ];
    const refused = { queue: "default", outcome: "refused", clusters: [] };
    const mapped = {
      queue: null,
      outcome: "routed",
      clusters: [{ name: "my-dev-cluster", share: null, healthy: null }],
    };
    const labelled = (name: string) => ({
      queue: null,
      outcome: "routed",
      clusters: [{ name, share: 1, healthy: null }],
    });
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      [
        ...both("queues", refused, refused),
        ...both("cluster_pool_attributes", mapped, mapped),
        ...both("execution_cluster_labels", labelled("dataplane_1"), labelled("dataplane_2")),
      ],
    ]);
  });

  test("without a question answers for every known place, workflow and queue", async () => {
    const desk = await openFlyteDesk();
    await desk.post("/mutate", { op: "set", kind: "project", name: "team1", path: "state", value: "ARCHIVED" });
    desk.write({ "execution-cluster-labels/ecl-production.yaml": "" });
    const { stdout, code } = await desk.run(["routing", "repository", "--json"]);
    const answers: readonly { project: string; domain: string; workflow: string }[] = JSON.parse(stdout);
    const places = new Set(answers.map(({ project, domain, workflow }) => [project, domain, workflow].join("/")));
    expect([code, [...places]]).toEqual([
      0,
      [
        ...["development", "production", "staging"].map((domain) => `flytesnacks/${domain}/`),
        ...["development", "production", "staging"].map((domain) => `project1/${domain}/`),
        "flytesnacks/production/my_critical_wf",
        "project1/development/example.training_workflow",
      ],
    ]);
  });

  test("a cluster that moves is told with its queues, before and after", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(MOVED);
    const { stdout } = await desk.run(["routing", desk.repository, "--queue", "batch"]);
    expect(stdout).toContain("    live     c1, c2\n");
    expect(stdout).toContain("    desired  c2\n");
    expect(stdout).toContain('queue "batch" takes c2 of pool "prod"  (queues/batch.yaml:1)');
  });

  test("settings are looked at where a question asks, though no manifest names their scope", async () => {
    const desk = await openAppliedDesk({
      ...REPOSITORY,
      "settings/ml.yaml": "scope: {domain: production, project: ml}\nsettings: {run.default_queue: batch}\n",
    });
    desk.write({ "settings/ml.yaml": "" });
    const ask = ["routing", desk.repository, "--domain", "production"];
    const [one, other] = await Promise.all([
      desk.run([...ask, "--project", "ml"]),
      desk.run([...ask, "--project", "web"]),
    ]);
    expect(one.stdout).toContain("live = desired  queue batch -> c1, c2\n");
    expect(one.stdout).toContain('(live settings of project "ml" of domain "production")');
    expect(one.stdout).not.toContain("not read");
    expect(other.stdout).toContain("queue default -> ");
  });

  test("a queue that is made again is told under both of its names", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-07");
    desk.write({ "queues/batch.yaml": queue("batch", "dev", ["c3"]) });
    const { stdout } = await desk.run(["routing", desk.repository, "--queue", "batch"]);
    expect(stdout).toMatch(/^queue "batch"\n.*\n {4}live = desired {2}c1, c2\n/);
    expect(stdout).toMatch(/\nqueue "batch-dev"\n.*\n {4}live {5}\(refused\)\n.*\n {4}desired {2}c3\n/s);
  });

  test("a project of which nothing is known is said so, and is no error", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const { code, stdout, stderr } = await desk.run(["routing", desk.repository, "--project", "nobody"]);
    expect([code, stdout, stderr]).toEqual([0, "", expect.stringContaining('No domain of project "nobody" is known')]);
  });
});

describe("a name that is not there", () => {
  test.each([
    [
      ["--project", "projct1", "--domain", "development"],
      'flyteadmin has no project "projct1". Did you mean "project1"?',
    ],
    [["--project", "nobody"], 'flyteadmin has no project "nobody". Known are flytesnacks, project1, team1.'],
    [
      ["--project", "team1", "--domain", "develop"],
      'flyteadmin has no domain "develop". Known are development, production',
    ],
  ])("%j is answered as any other would be, with a hint", async (question, hint) => {
    const desk = await openFlyteDesk();
    const { code, stderr } = await desk.run(["routing", "repository", ...question]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Note: ${hint}`)]);
  });

  test("is told of a queue too, and never of one that is there", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const ask = (name: string) => desk.run(["routing", desk.repository, "--queue", name]);
    const [wrong, right] = await Promise.all([ask("bach"), ask("batch")]);
    expect(wrong.stderr).toContain('Note: Unknown queue "bach". Did you mean "batch"?');
    expect(right.stderr).not.toContain("Note:");
  });
});

describe("poolkeeper routing without a control plane", () => {
  const run = (...args: readonly string[]) => {
    const folder = makeTemporaryFolder();
    return runInProcess(args, homeIn(folder), folder);
  };

  test("tells what the manifests alone want, and says so", async () => {
    const { code, stdout, stderr } = await run("routing", EXAMPLE, "--json");
    const states = new Set(JSON.parse(stdout).map(({ state }: { readonly state: string }) => state));
    expect([code, [...states]]).toEqual([0, ["desired"]]);
    expect(stderr).toContain("no control plane is configured");
  });

  test("a folder that is invalid ends with 3, and nothing is told", async () => {
    const folder = makeTemporaryFolder();
    const desk = startProgram(["routing", ".", "--json"], homeIn(folder), join(ROOT, "test/manifests/cases"));
    const { code, stdout } = await desk.ended;
    expect([code, JSON.parse(stdout)]).toEqual([3, { diagnostics: expect.any(Array) }]);
  });
});
