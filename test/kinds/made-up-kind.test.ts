import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDesk } from "../cli/run-program.ts";
import { runWith } from "../set-up/run-poolkeeper.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** A row that flyteadmin keeps and poolkeeper does not manage: where executions put the data of their tasks. */
const DEFINITION = `import schema from "../../schemas/raw-output-location.json" with { type: "json" };
import type { RowDefinition } from "./kind.ts";

export const rawOutputLocation: RowDefinition<"location"> = {
  family: "row",
  title: "RawOutputLocation",
  folder: "raw-output-locations",
  schema,
  namePaths: [["project"], ["domain"], ["workflow"]],
  shownAt: "project",
  system: "flyteadmin",
  isMasked: true,
  noun: "raw output location",
  inSteps: "raw output location of",
  purpose: "Where executions put the data of their tasks.",
  field: "location",
  wire: {
    type: "WORKFLOW_EXECUTION_CONFIG",
    member: "workflow_execution_config",
    path: ["raw_output_data_config", "output_location_prefix"],
  },
  refersTo: null,
  valueNoun: "raw output location",
  heading: "Raw output locations",
  column: "LOCATION",
  example: "domain: production\\nproject: ml\\nlocation: s3://team1-raw\\n",
};
`;

const LIMITS = "src/model/objects/queue-limits.ts";

/** A limit of queues that there is not. */
const LIMIT = `  burst: { form: "count", default: 7, needs: null, isRequired: false },\n`;

let copy: string;
let refused: readonly Refused[] | undefined;

/** What the compiler does not accept, in words. */
interface Refused {
  readonly path: string;
  readonly text: string;
}

/**
 * What the compiler refuses of the copy once the table of limits has one more line as well. The two are compiled together, as a program takes
 * long to check, and what it says of the limit names it.
 */
function findRefused(): readonly Refused[] {
  refused ??= compile();
  return refused;
}

function compile(): readonly Refused[] {
  const config = ts.readConfigFile(join(copy, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, copy);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => {
    const text = readFile(path);
    return path === join(copy, LIMITS) ? text?.replace("} as const satisfies", `${LIMIT}$&`) : text;
  };
  const program = ts.createProgram([join(copy, "src/cli.ts")], { ...options, incremental: false }, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
    path: relative(copy, file?.fileName ?? copy),
    text: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}

/** The sources with one more kind: a file in \`src/kinds\`, its schema, and a line in the registry. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "poolkeeper-kind-"));
  for (const part of ["src", "schemas", "scripts", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "src/kinds/raw-output-location.ts"), DEFINITION);
  edit("src/kinds/registry.ts", (text) =>
    text
      .replace(/^/, 'import { rawOutputLocation } from "./raw-output-location.ts";\n')
      .replace(/(KIND_DEFINITIONS = \{[^}]*)\}/, "$1  raw_output_location: rawOutputLocation,\n}"),
  );
  const label = readFileSync(join(copy, "schemas/execution-cluster-label.json"), "utf8");
  const schema = label
    .replaceAll("ExecutionClusterLabel", "RawOutputLocation")
    .replaceAll('"value"', '"location"')
    .replace("execution-cluster-label", "raw-output-location");
  writeFileSync(join(copy, "schemas/raw-output-location.json"), schema);
  execFileSync(process.execPath, [join(copy, "scripts/build.mjs")]);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function edit(path: string, change: (text: string) => string): void {
  const text = readFileSync(join(copy, path), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`${path} is not as this test knows it`);
  writeFileSync(join(copy, path), changed);
}

test("a kind that is added to the registry alone is whole for the compiler", () => {
  expect(findRefused().filter(({ text }) => !text.includes("burst"))).toEqual([]);
});

test("a limit that is added to the table is refused by the compiler where it is left out, and the recipe names each place", () => {
  const refused = [...new Set(findRefused().flatMap(({ path, text }) => (text.includes("burst") ? path : [])))].sort();
  expect(refused).toEqual([
    "src/embedded/admin/mutate-record.ts",
    "src/embedded/rules/register-cluster.ts",
    "src/embedded/wire/queue-spec-wire.ts",
    "src/model/plan/step-shape.ts",
    "src/systems/control-plane/queue-codec.ts",
  ]);
  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const recipe = contributing.split("\n### A field of a kind\n")[1]?.split("\n## ")[0] ?? "";
  for (const path of [LIMITS, ...refused]) expect(recipe).toContain(path);
});

test("it is checked, planned, applied, shown, compared, imported and deleted as the others are", async () => {
  const { folder, served, env, repository, write } = await openDesk();
  const flyteadmin = { ...env, POOLKEEPER_FLYTEADMIN_ENDPOINT: served.url };
  const run = (...args: string[]) => runWith(join(copy, "dist/cli.js"), args, flyteadmin, folder);
  const file = "raw-output-locations/team1.yaml";
  const address = "raw_output_location.team1/production";

  expect((await run("schema", "RawOutputLocation")).stdout).toContain("urn:poolkeeper:schema:raw-output-location");
  await run("init", "started");
  expect(readFileSync(join(folder, "started/README.md"), "utf8")).toContain("| `raw-output-locations/` |");
  expect(existsSync(join(folder, "started/raw-output-locations/_example.yaml"))).toBe(true);

  write({ [file]: "project: team1\ndomain: production\nlocaton: s3://team1-raw\n" });
  const wrong = await run("validate", "repository");
  expect([wrong.code, wrong.stdout + wrong.stderr]).toEqual([3, expect.stringContaining('did you mean "location"')]);

  write({ [file]: "project: team1\ndomain: production\nlocation: s3://team1-raw\n" });
  const planned = await run("plan", "repository", "--store", "store");
  expect(planned.stdout).toContain(`${address} will be created`);
  const applied = await run("apply", "repository", "--auto-approve", "--store", "store");
  expect([applied.code, applied.stdout + applied.stderr]).toEqual([
    0,
    expect.stringContaining("create raw output location of team1/production"),
  ]);
  const { stdout: status } = await run("status");
  expect(status).toMatch(/Raw output locations\n.*\n {2}team1\/production {2}s3:\/\/team1-raw\n/);

  write({ [file]: "project: team1\ndomain: production\nlocation: s3://team1-new\n" });
  expect((await run("plan", "repository", "--store", "store")).stdout).toMatch(
    /location\s+= "s3:\/\/team1-raw" -> "s3:\/\/team1-new"/,
  );
  const drift = await run("drift", "repository", "--json");
  expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining(address)]);

  await run("import", "--out", "imported");
  const imported = join(folder, "imported/raw-output-locations");
  const [name = "none"] = readdirSync(imported);
  expect(readFileSync(join(imported, name), "utf8")).toContain("location: s3://team1-raw");

  rmSync(join(repository, file));
  const store = ["--store", "store"];
  const removal = await run("plan", "repository", ...store, "--allow", "empty-set", "--out", "plan.json");
  expect(removal.stdout).toContain(`${address} will be destroyed`);
  const removed = await run("apply", "plan.json", "--auto-approve", ...store);
  expect([removed.code, removed.stderr]).toEqual([0, expect.stringContaining("delete raw output location")]);
  expect((await run("status", address)).stderr).toContain(`${address} is not on`);
});
