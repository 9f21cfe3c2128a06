import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { queue, REPOSITORY } from "./manifests.ts";
import { homeIn, openDesk, startProgram } from "./run-program.ts";

const run = (...args: readonly string[]) => {
  const folder = makeTemporaryFolder();
  return startProgram(args, homeIn(folder), folder).ended;
};

describe("a wrong command line", () => {
  const CONNECTION = ["--endpoint", "http://127.0.0.1:9", "--org", "acme"];
  test.each([
    [[], /Say which command/],
    [["nonsense"], /nonsense/],
    [["plan"], /at least 1/],
    [["plan", ".", "--colour-me"], /colour-me|colourMe/],
    [["plan", ".", "--prune", "some"], /prune.*"none", "owned", "all"/s],
    [["plan", ".", "--prune", "owned", ...CONNECTION], /--prune owned needs --store/],
    [["apply", ".", "--prune", "owned", "--auto-approve", ...CONNECTION], /--prune owned needs --store/],
    [["plan", ".", "--on-pool-change", "never"], /auto.*move.*replace/],
    [["plan", ".", "--allow", "everything", ...CONNECTION], /--allow everything: no such check/],
    [["plan", ".", "--target", "c1", ...CONNECTION], /--target c1: not an address/],
    [["plan", ".", "--timeout", "5"], /--timeout 5: write 30s, 5m or 2h/],
    [["apply", ".", "--wait", "soon"], /--wait soon: write 30s, 5m or 2h/],
    [["apply", ".", "--parallelism", "0"], /--parallelism takes a whole number/],
    [["plan", ".", "--store", "a", "--store", "b"], /--store is given more than once/],
    [["plan", ".", "--json", "--markdown"], /--json and --markdown exclude each other/],
    [["schema", "Pod"], /there is no schema for "Pod"/],
    [["status", "c1", ...CONNECTION], /c1: not an address/],
    [["control-plane", "--tls-cert", "cert.pem"], /need each other/],
  ])("%j is refused with exit 1, words on stderr, and no stack", async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout.replace(/^\{"error":.*\}\n$/, "")]).toEqual([1, ""]);
  });

  test("with --json an error is one document on stdout too", async () => {
    const { code, stdout, stderr } = await run("plan", "nowhere", "--json", ...CONNECTION);
    expect(JSON.parse(stdout)).toEqual({ error: { code: "folder_not_found", message: expect.any(String) } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("nowhere")]);
  });

  test.each(["target", "exclude", "replace"])("--%s of an address that nothing has is refused", async (flag) => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const { code, stderr } = await desk.run(["plan", desk.repository, `--${flag}`, "cluster.c11"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`--${flag} cluster.c11: no manifest and no object`)]);
  });
});

describe("what needs no control plane", () => {
  test("--version and --help end with 0", async () => {
    const [version, help] = await Promise.all([run("--version"), run("--help")]);
    expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("poolkeeper apply <path>")]);
  });

  test.each(["ClusterPool", "cluster", "queue"])("schema %s prints a JSON Schema of 2020-12", async (kind) => {
    const { code, stdout, stderr } = await run("schema", kind);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      additionalProperties: false,
    });
  });
});

describe("an invalid folder", () => {
  const WRONG = {
    ...REPOSITORY,
    "queues/any.yaml": "name: any\ncluster_pool: prod\nrun_concurrency: 1\n",
    "queues/batch.yaml": queue("batch", "prod", ["c3"]),
  };
  const diagnostic = {
    severity: "error",
    code: expect.any(String),
    summary: expect.any(String),
    detail: expect.any(String),
    file: "queues/any.yaml",
    line: expect.any(Number),
    column: expect.any(Number),
    address: "queue.any",
  };

  test.each([
    ["validate", []],
    ["plan", ["--detailed-exitcode"]],
    ["apply", ["--auto-approve"]],
  ])("%s --json: the diagnostics alone on stdout, exit 3, nothing is called", async (command, flags) => {
    const desk = await openDesk();
    desk.write(WRONG);
    const { code, stdout } = await desk.run([command, desk.repository, "--json", ...flags]);
    expect(code).toBe(3);
    expect(Object.keys(JSON.parse(stdout))).toEqual(["diagnostics"]);
    const diagnostics: readonly object[] = JSON.parse(stdout).diagnostics;
    expect(diagnostics.length).toBeGreaterThanOrEqual(2);
    expect(diagnostics[0]).toEqual(diagnostic);
    expect(desk.served.model.journal).toEqual([]);
  });

  test("without --json the place comes first, and validate says it on stdout, plan on stderr", async () => {
    const desk = await openDesk();
    desk.write(WRONG);
    const [validate, plan] = await Promise.all([
      desk.run(["validate", desk.repository]),
      desk.run(["plan", desk.repository]),
    ]);
    expect([validate.code, validate.stdout]).toEqual([3, expect.stringMatching(/queues\/any\.yaml:\d+:\d+/)]);
    expect([plan.code, plan.stdout, plan.stderr]).toEqual([3, "", expect.stringMatching(/queues\/any\.yaml:\d+:\d+/)]);
  });

  test("a valid one is 0, with and without --json", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const [text, json] = await Promise.all([
      desk.run(["validate", desk.repository]),
      desk.run(["validate", desk.repository, "--json"]),
    ]);
    expect([text.code, text.stdout]).toEqual([0, "Valid: 2 cluster pools, 3 clusters, 2 queues.\n"]);
    expect([json.code, JSON.parse(json.stdout)]).toEqual([0, { diagnostics: [] }]);
  });

  test("no folder at all is an error, not an invalid one", async () => {
    const { code } = await run("validate", join("not", "there"));
    expect(code).toBe(1);
  });
});
