import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import cluster from "../../schemas/cluster.json" with { type: "json" };
import queue from "../../schemas/queue.json" with { type: "json" };
import { LIMITS, QUEUE_LIMITS } from "../../src/model/objects/queue-limits.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const TABLE = join(ROOT, "src/model/objects/queue-limits.ts");
const LINE = `  burst: { form: "count", default: 7, needs: null, isRequired: false },\n`;

/** The files of \`src\` that the compiler refuses once the table of limits has one more line. */
function findRefused(): readonly string[] {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => {
    const text = readFile(path);
    return path === TABLE ? text?.replace("} as const satisfies", `${LINE}$&`) : text;
  };
  const program = ts.createProgram([join(ROOT, "src/cli.ts")], { ...options, incremental: false }, host);
  const files = ts.getPreEmitDiagnostics(program).flatMap(({ file }) => file?.fileName ?? []);
  return [...new Set(files)].map((path) => relative(ROOT, path)).sort();
}

test("a limit that is added to the table is refused by the compiler where it is left out, and the recipe names each place", () => {
  const refused = findRefused();
  expect(refused).toEqual([
    "src/embedded/admin/mutate-record.ts",
    "src/embedded/rules/register-cluster.ts",
    "src/embedded/wire/queue-spec-wire.ts",
    "src/model/plan/step-shape.ts",
    "src/systems/control-plane/queue-codec.ts",
  ]);
  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const recipe = contributing.split("\n### A field of a kind\n")[1]?.split("\n## ")[0] ?? "";
  for (const path of [relative(ROOT, TABLE), ...refused]) expect(recipe).toContain(path);
});

test("both schemas take each limit, with the default of the table", () => {
  for (const limit of LIMITS) {
    const definition = QUEUE_LIMITS[limit];
    const usual = definition.isRequired ? undefined : definition.default;
    for (const properties of [queue.properties, cluster.properties.queue.properties])
      expect([limit, properties[limit]]).toEqual([
        limit,
        expect.objectContaining(usual === undefined ? {} : { default: usual }),
      ]);
  }
  expect(queue.required).toEqual(["name", ...LIMITS.filter((limit) => QUEUE_LIMITS[limit].isRequired)]);
});
