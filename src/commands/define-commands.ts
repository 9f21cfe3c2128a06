import type { Argv, Options } from "yargs";
import { LAYOUTS } from "../export/layout.ts";
import { KIND_NAMES } from "../manifest/detect-kind.ts";
import {
  APPLY_OPTIONS,
  CONCISE_OPTION,
  chooseFormat,
  DRIFT_SHAPING_OPTIONS,
  FORMAT_OPTIONS,
  GRAPH_OPTIONS,
  JSON_OPTION,
  ROUTING_OPTIONS,
  SERVING_OPTIONS,
  SHAPING_OPTIONS,
  STATUS_OPTIONS,
  TARGET_OPTIONS,
} from "./command-options.ts";
import { type CommandWords, explainUsage } from "./explain-usage.ts";

/** A command line that knows the options of all commands. */
export type CommandLine = Argv<{ color: boolean }>;

/** One call of the program. */
export interface Call {
  /** As typed. */
  readonly args: readonly string[];
  /** Carries a command out: its exit code becomes the program's. */
  readonly run: (command: () => Promise<number>) => Promise<void>;
}

/** Puts one more command on a command line. */
type DefineCommand = (cli: CommandLine, call: Call) => CommandLine;

const VALIDATE_OPTIONS = {
  ...JSON_OPTION,
  strict: { type: "boolean", default: false, describe: "Count warnings as errors: exit 3" },
} as const satisfies Readonly<Record<string, Options>>;

const validate: DefineCommand = (cli, call) =>
  cli.command(
    "validate <dir>",
    "Check a folder of manifests; needs no network",
    (builder) =>
      introduce(builder, call, "validate", FOLDER, "poolkeeper validate config-repo", VALIDATE_OPTIONS)
        .positional("dir", folder("check"))
        .options(VALIDATE_OPTIONS),
    (argv) => call.run(async () => (await import("./validate.ts")).runValidate({ ...argv, colour: argv.color })),
  );

const DETAILED_EXITCODE = {
  "detailed-exitcode": { type: "boolean", default: false, describe: "Exit 2 when there are changes" },
} as const satisfies Readonly<Record<string, Options>>;

const PLAN_OPTIONS = {
  ...FORMAT_OPTIONS,
  out: { type: "string", requiresArg: true, describe: "Save the plan in this file, for apply and show" },
  ...DETAILED_EXITCODE,
  ...SHAPING_OPTIONS,
  ...TARGET_OPTIONS,
} as const satisfies Readonly<Record<string, Options>>;

const plan: DefineCommand = (cli, call) =>
  cli.command(
    "plan <dir>",
    "Show what would change, and change nothing; exit 4 when a check blocks it",
    (builder) =>
      introduce(builder, call, "plan", FOLDER, "poolkeeper plan config-repo --out plan.json", PLAN_OPTIONS)
        .positional("dir", folder("plan"))
        .options(PLAN_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./plan.ts")).runPlan({
          ...argv,
          timeoutMs: argv.timeout,
          format: chooseFormat(argv),
          colour: argv.color,
        }),
      ),
  );

const APPLY_ALL = {
  ...JSON_OPTION,
  ...CONCISE_OPTION,
  ...APPLY_OPTIONS,
  ...SHAPING_OPTIONS,
  ...TARGET_OPTIONS,
} as const;

const apply: DefineCommand = (cli, call) =>
  cli.command(
    "apply <path>",
    "Carry out the plan of a folder, or exactly a saved one",
    (builder) =>
      introduce(
        builder,
        call,
        "apply",
        "a folder of manifests or a saved plan",
        "poolkeeper apply plan.json",
        APPLY_ALL,
      )
        .positional("path", {
          type: "string",
          demandOption: true,
          describe: "Folder of manifests, or the file that plan --out saved",
        })
        .options(APPLY_ALL),
    (argv) =>
      call.run(async () => {
        (await import("./refuse-missing-path.ts")).refuseMissingPath(argv.path);
        const { runApply } = await import("./apply.ts");
        return runApply({ ...argv, timeoutMs: argv.timeout, waitMs: argv.wait, colour: argv.color });
      }),
  );

const DRIFT_OPTIONS = { ...JSON_OPTION, ...DRIFT_SHAPING_OPTIONS, ...TARGET_OPTIONS } as const;

const drift: DefineCommand = (cli, call) =>
  cli.command(
    "drift <dir>",
    "Compare a folder with what is live, and change nothing; exit 2 when something was changed outside",
    (builder) =>
      introduce(builder, call, "drift", FOLDER, "poolkeeper drift config-repo --store state", DRIFT_OPTIONS)
        .positional("dir", folder("compare"))
        .options(DRIFT_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./drift.ts")).runDrift({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

const IMPORT_OPTIONS = {
  out: { type: "string", requiresArg: true, demandOption: true, describe: "Folder to write; nothing is overwritten" },
  layout: { choices: LAYOUTS, default: "per-object", describe: "One file for each object, or for each kind" },
  ...TARGET_OPTIONS,
} as const satisfies Readonly<Record<string, Options>>;

const importLive: DefineCommand = (cli, call) =>
  cli.command(
    "import",
    "Write manifests of everything that is live, with an empty plan",
    (builder) =>
      introduce(builder, call, "import", null, "poolkeeper import --out config-repo", IMPORT_OPTIONS).options(
        IMPORT_OPTIONS,
      ),
    (argv) => call.run(async () => (await import("./import.ts")).runImport({ ...argv, timeoutMs: argv.timeout })),
  );

const init: DefineCommand = (cli, call) =>
  cli.command(
    "init <dir>",
    "Start a repository: folders with examples, schemas for editors, files for CI",
    (builder) =>
      introduce(builder, call, "init", "a folder", "poolkeeper init config-repo", {}).positional("dir", {
        type: "string",
        demandOption: true,
        describe: "Folder to start; nothing in it is overwritten",
      }),
    ({ dir }) => call.run(async () => (await import("./init.ts")).runInit({ dir })),
  );

const SHOW_OPTIONS = { ...FORMAT_OPTIONS, ...DETAILED_EXITCODE } as const;

const show: DefineCommand = (cli, call) =>
  cli.command(
    "show <file>",
    "Show a saved plan",
    (builder) =>
      introduce(builder, call, "show", "a saved plan", "poolkeeper show plan.json --markdown", SHOW_OPTIONS)
        .positional("file", { type: "string", demandOption: true, describe: "File that plan --out saved" })
        .options(SHOW_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./show.ts")).runShow({ ...argv, format: chooseFormat(argv), colour: argv.color }),
      ),
  );

const status: DefineCommand = (cli, call) =>
  cli.command(
    "status [address]",
    "Show pools, clusters, queues, settings and rows of flyteadmin as they are now",
    (builder) =>
      introduce(builder, call, "status", "one address", "poolkeeper status cluster.prod-us-east-1", STATUS_OPTIONS)
        .positional("address", {
          type: "string",
          describe: "cluster_pool.NAME, cluster.NAME, queue.NAME, settings.ORG/DOMAIN, ...; all when left out",
        })
        .options(STATUS_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./status.ts")).runStatus({
          ...argv,
          address: argv.address,
          timeoutMs: argv.timeout,
          colour: argv.color,
        }),
      ),
  );

const routing: DefineCommand = (cli, call) =>
  cli.command(
    "routing <dir>",
    "Say which clusters runs and queues reach, and why: now, and once it is applied",
    (builder) => {
      const example = "poolkeeper routing config-repo --project ml --domain production";
      return introduce(builder, call, "routing", FOLDER, example, ROUTING_OPTIONS)
        .positional("dir", folder("route by"))
        .options(ROUTING_OPTIONS);
    },
    (argv) =>
      call.run(async () =>
        (await import("./routing.ts")).runRouting({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

const graph: DefineCommand = (cli, call) =>
  cli.command(
    "graph <dir>",
    "Draw scopes, queues, pools and clusters, with what a plan changes coloured",
    (builder) =>
      introduce(builder, call, "graph", FOLDER, "poolkeeper graph config-repo --out routing.svg", GRAPH_OPTIONS)
        .positional("dir", folder("draw"))
        .options(GRAPH_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./graph.ts")).runGraph({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

const schema: DefineCommand = (cli, call) =>
  cli.command(
    "schema <kind>",
    "Print the JSON Schema of a kind, for editors",
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

const controlPlane: DefineCommand = (cli, call) =>
  cli.command(
    "control-plane",
    "Serve the embedded control plane, for trying and testing",
    (builder) =>
      introduce(
        builder,
        call,
        "control-plane",
        null,
        "poolkeeper control-plane --port 8089 --data state --simulate",
        SERVING_OPTIONS,
      ).options(SERVING_OPTIONS),
    (argv) => call.run(async () => (await import("./control-plane.ts")).runControlPlane(argv)),
  );

const DEMO_OPTIONS = {
  once: { type: "boolean", default: false, describe: "End when it is applied, instead of staying up until Ctrl-C" },
} as const;

const demo: DefineCommand = (cli, call) =>
  cli.command(
    "demo",
    "Plan and apply the example repository onto an embedded control plane",
    (builder) => introduce(builder, call, "demo", null, "poolkeeper demo --once", DEMO_OPTIONS).options(DEMO_OPTIONS),
    ({ once, color }) => call.run(async () => (await import("./demo.ts")).runDemo({ once, colour: color })),
  );

/** Every command, in the order in which the help lists them. */
const COMMANDS = {
  ...{ init, validate, plan, apply, show, status, drift, routing, graph },
  ...{ import: importLive, schema, "control-plane": controlPlane, demo },
} as const;

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Puts every command on a command line. Commands are loaded only when they are run. */
export function defineCommands(cli: CommandLine, call: Call): CommandLine {
  return Object.values(COMMANDS).reduce((line, define) => define(line, call), cli);
}

const FOLDER = "a folder of manifests";

function folder(verb: string) {
  return { type: "string", demandOption: true, describe: `Folder of manifests to ${verb}` } as const;
}

/** As `kind:` of a manifest spells them. */
function listKinds(): string {
  return Object.values(KIND_NAMES).join(", ");
}

/** Gives a command its example, and our words for a wrong use of it. */
function introduce<T>(
  builder: Argv<T>,
  { args }: Call,
  name: string,
  needs: string | null,
  example: string,
  options: Readonly<Record<string, Options>>,
): Argv<T> {
  const words: CommandWords = { name, needs, example, options: Object.keys(options) };
  return builder.example([[example]]).fail((message, error) => {
    throw isUsage(error) ? explainUsage(message, words, args) : error;
  });
}

/** What the parser finds wrong has no error, or one with a name of its own; anything else is thrown by a command. */
export function isUsage(error: Error | undefined): boolean {
  return !error || error.name === "YError";
}
