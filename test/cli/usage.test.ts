import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { queue, REPOSITORY } from "./manifests.ts";
import { homeIn, openDesk } from "./run-program.ts";

/** A bucket without scheme works, and earns a warning. */
const PLAIN_BUCKET = `name: plain
config:
  object_store_ref: {uri: plain-bucket}
  secret_store: {type: KUBERNETES}
`;

const run = (...args: readonly string[]) => {
  const folder = makeTemporaryFolder();
  return runInProcess(args, homeIn(folder), folder);
};

describe("a wrong command line", () => {
  const CONNECTION = ["--endpoint", "http://127.0.0.1:9", "--org", "acme"];
  test.each([
    [[], /No command given/],
    [["nonsense"], /no command "nonsense". Commands: init, validate, plan/],
    [["plam", "."], /no command "plam". Did you mean plan\?/],
    [["plan"], /^Error: poolkeeper plan needs a folder of manifests\.\nFor example: poolkeeper plan config-repo/],
    [["show"], /poolkeeper show needs a saved plan/],
    [["schema"], /needs a kind: ClusterPool, Cluster, Queue/],
    [["plan", "a", "b"], /takes only a folder of manifests: unexpected "b"/],
    [["demo", "now"], /demo takes no arguments: unexpected "now"/],
    [["plan", ".", "--colour-me"], /poolkeeper plan has no option --colour-me\.\n/],
    [["plan", ".", "--prnue", "all"], /no option --prnue; did you mean --prune\?/],
    [["apply", ".", "--auto-aprove"], /no option --auto-aprove; did you mean --auto-approve\?/],
    [["plan", ".", "--out"], /--out needs a value/],
    [["plan", ".", "--prune", "some"], /--prune some: write one of none, owned, all/],
    [["plan", ".", "--timeout", "1s", "--timeout", "2s"], /--timeout is given more than once/],
    [["apply", "missing.json"], /missing\.json: not found/],
    [["show", "missing.json"], /missing\.json: file not found. Save a plan with poolkeeper plan DIR --out/],
    [["show", "."], /\.: it is a folder, not a saved plan/],
    [["control-plane", "--port", "text"], /--port text: write a port from 1 to 65535/],
    [["control-plane", "--port", "70000"], /--port 70000: write a port/],
    [["control-plane", "--port", "-1"], /--port -1: write a port/],
    [["control-plane", "--admin-port", "1.5"], /--admin-port 1\.5: write a port/],
    [["plan", ".", "--prune", "owned", ...CONNECTION], /--prune owned needs --store/],
    [["apply", ".", "--prune", "owned", "--auto-approve", ...CONNECTION], /--prune owned needs --store/],
    [["plan", ".", "--on-pool-change", "never"], /--on-pool-change never: write one of auto, move, replace/],
    [["plan", ".", "--allow", "everything", ...CONNECTION], /--allow everything: no such check/],
    [["plan", ".", "--target", "c1", ...CONNECTION], /--target c1: not an address/],
    [["plan", ".", "--timeout", "0s"], /--timeout 0s: write a duration above zero/],
    [["plan", ".", "--timeout", "5"], /--timeout 5: write 30s, 5m or 2h/],
    [["apply", ".", "--wait", "soon"], /--wait soon: write 30s, 5m or 2h/],
    [["apply", ".", "--parallelism", "0"], /--parallelism 0: write a whole number from 1/],
    [["plan", ".", "--store", "a", "--store", "b"], /--store is given more than once/],
    [["plan", ".", "--json", "--markdown"], /--json and --markdown exclude each other/],
    [["schema", "Pod"], /Unknown kind "Pod". Pass one of ClusterPool, Cluster, Queue/],
    [["status", "c1", ...CONNECTION], /c1: not an address/],
    [["routing", ".", "--workflow", "w", "--domain", "d"], /--workflow needs --project and --domain/],
    [["routing", ".", "--queue", "q", "--project", "p"], /--queue excludes --project/],
    [["routing", ".", "--project", ""], /--project needs a name/],
    [["graph", ".", "--format", "png"], /--format png: write one of svg, dot, mermaid/],
    [["graph"], /poolkeeper graph needs a folder of manifests/],
    [["control-plane", "--tls-cert", "cert.pem"], /require each other/],
  ])("%j is refused with exit 1, words on stderr, and no stack", async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout.replace(/^\{"error":.*\}\n$/, "")]).toEqual([1, ""]);
  });

  test.each([
    ["init", "DIR"],
    ["validate", "DIR"],
    ["plan", "DIR"],
    ["apply", "DIR", "--auto-approve", ...CONNECTION],
    ["drift", "DIR"],
    ["routing", "DIR"],
    ["graph", "DIR"],
    ["import", "--out", "DIR", ...CONNECTION],
    ["control-plane", "--port", "0", "--data", "DIR"],
  ])("%j takes no address for a folder, makes none of its name, and shows no password of it", async (...args) => {
    for (const address of [
      "https://git:pa55word@example.com/x",
      "SSH://git:pa55word@example.com",
      "git@example.com:x",
    ]) {
      const folder = makeTemporaryFolder();
      const typed = args.map((arg) => (arg === "DIR" ? address : arg));
      const { code, stdout, stderr } = await runInProcess(typed, homeIn(folder), folder);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("it is an address. Pass a folder: clone the repository first");
      expect(stderr).not.toContain("pa55word");
      expect(readdirSync(folder).filter((name) => /^(https|ssh|git)/i.test(name))).toEqual([]);
    }
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

  test("the help of every command has an example, and describes every option and word", async () => {
    const names = ["validate", "plan", "apply", "show", "status", "schema", "control-plane", "demo"];
    const helps = await Promise.all(names.map((name) => run(name, "--help")));
    for (const [index, { code, stdout }] of helps.entries()) {
      expect([code, stdout]).toEqual([0, expect.stringContaining(`Examples:\n  poolkeeper ${names[index]} `)]);
      // A line that goes on with nothing but its type has no description.
      expect(stdout.match(/^ {2}(--)?[\w-]+ +\[/gm)).toBeNull();
    }
  });

  test("words are the same in every language of a shell", async () => {
    const folder = makeTemporaryFolder();
    const env = { ...homeIn(folder), LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" };
    const { stderr } = await runInProcess(["plan"], env, folder);
    expect(stderr).toContain("poolkeeper plan needs a folder of manifests");
  });

  test.each(["ClusterPool", "cluster_pool", "cluster-pool", "Cluster", "queue"])(
    "schema %s prints a JSON Schema of 2020-12",
    async (kind) => {
      const { code, stdout, stderr } = await run("schema", kind);
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        additionalProperties: false,
      });
    },
  );
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

  test("a warning is 0, and 3 with --strict", async () => {
    const desk = await openDesk();
    desk.write({ ...REPOSITORY, "pools/plain.yaml": PLAIN_BUCKET });
    const [lenient, strict] = await Promise.all([
      desk.run(["validate", desk.repository]),
      desk.run(["validate", desk.repository, "--strict"]),
    ]);
    expect([lenient.code, strict.code]).toEqual([0, 3]);
    for (const { stdout } of [lenient, strict]) expect(stdout).toContain("bucket-without-scheme");
    expect(strict.stdout).not.toContain("Valid:");
  });

  test("no folder at all is an error, not an invalid one", async () => {
    const { code } = await run("validate", join("not", "there"));
    expect(code).toBe(1);
  });
});
