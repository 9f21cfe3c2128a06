import type { Options } from "yargs";
import { KIND_TITLES } from "../../kinds/registry.ts";
import { LAYOUTS } from "../../manifests/export/lay-out-files.ts";
import { type DefineCommand, FOLDER, folder, introduce } from "../options/define-command.ts";
import { JSON_OPTION, STRICT_OPTION, TARGET_OPTIONS } from "../options/option-tables.ts";
import { readFolderPath } from "../options/read-folder-path.ts";

/** `init`. */
export const init: DefineCommand = (cli, call) =>
  cli.command(
    "init <dir>",
    "Create a repository: folders with examples, schemas for editors, files for CI",
    (builder) =>
      introduce(builder, call, "init", "a folder", "poolkeeper init config-repo", {}).positional("dir", {
        type: "string",
        demandOption: true,
        describe: "Folder to create files in; existing files are kept",
        coerce: readFolderPath("DIR"),
      }),
    ({ dir }) => call.run(async () => (await import("./init.ts")).runInit({ dir })),
  );

const VALIDATE_OPTIONS = { ...JSON_OPTION, ...STRICT_OPTION } as const;

/** `validate`. */
export const validate: DefineCommand = (cli, call) =>
  cli.command(
    "validate <dir>",
    "Check a folder of manifests; needs no network",
    (builder) =>
      introduce(builder, call, "validate", FOLDER, "poolkeeper validate config-repo", VALIDATE_OPTIONS)
        .positional("dir", folder("check"))
        .options(VALIDATE_OPTIONS),
    (argv) => call.run(async () => (await import("./validate.ts")).runValidate({ ...argv, colour: argv.color })),
  );

const IMPORT_OPTIONS = {
  out: {
    type: "string",
    requiresArg: true,
    demandOption: true,
    describe: "Folder to write; existing files are kept",
    coerce: readFolderPath("--out"),
  },
  layout: { choices: LAYOUTS, default: "per-object", describe: "One file for each object, or for each kind" },
  ...TARGET_OPTIONS,
} as const satisfies Readonly<Record<string, Options>>;

/** `import`. */
export const importLive: DefineCommand = (cli, call) =>
  cli.command(
    "import",
    "Write manifests of all live objects, so that their plan is empty",
    (builder) =>
      introduce(builder, call, "import", null, "poolkeeper import --out config-repo", IMPORT_OPTIONS).options(
        IMPORT_OPTIONS,
      ),
    (argv) => call.run(async () => (await import("./import.ts")).runImport({ ...argv, timeoutMs: argv.timeout })),
  );

/** `schema`. */
export const schema: DefineCommand = (cli, call) =>
  cli.command(
    "schema <kind>",
    "Print the JSON Schema of a kind, of a plan, or of the daemon's configuration",
    (builder) =>
      introduce(builder, call, "schema", `a kind: ${listKinds()}`, "poolkeeper schema ClusterPool", {}).positional(
        "kind",
        {
          type: "string",
          demandOption: true,
          describe: listKinds(),
        },
      ),
    ({ kind }) => call.run(async () => (await import("./print-schema.ts")).runPrintSchema({ kind })),
  );

/** As `kind:` of a manifest spells them, and the configuration. */
function listKinds(): string {
  return [...KIND_TITLES, "target", "plan", "config"].join(", ");
}
