import type { Options } from "yargs";
import { type DefineCommand, FOLDER, folder, introduce } from "../options/define-command.ts";
import {
  APPLY_OPTIONS,
  CONCISE_OPTION,
  chooseFormat,
  DRIFT_SHAPING_OPTIONS,
  FORMAT_OPTIONS,
  JSON_OPTION,
  PLAN_KEY_OPTION,
  SHAPING_OPTIONS,
  TARGET_OPTIONS,
  text,
} from "../options/option-tables.ts";
import { readFolderPath } from "../options/read-folder-path.ts";

const DETAILED_EXITCODE = {
  "detailed-exitcode": { type: "boolean", default: false, describe: "Exit 2 when there are changes" },
} as const satisfies Readonly<Record<string, Options>>;

const PLAN_OPTIONS = {
  ...FORMAT_OPTIONS,
  out: { type: "string", requiresArg: true, describe: "Save the plan in this file, for apply and show" },
  ...PLAN_KEY_OPTION,
  ...DETAILED_EXITCODE,
  ...SHAPING_OPTIONS,
  ...TARGET_OPTIONS,
} as const satisfies Readonly<Record<string, Options>>;

/** `plan`: shows what an apply would change. */
export const plan: DefineCommand = (cli, call) =>
  cli.command(
    "plan <dir>",
    "Show what an apply would change; exit 4 when a check blocks it",
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
  manifests: text(undefined, "With a saved plan: folder of its manifests, if they have sensitive values"),
  ...PLAN_KEY_OPTION,
  ...SHAPING_OPTIONS,
  ...TARGET_OPTIONS,
} as const;

/** `apply`. */
export const apply: DefineCommand = (cli, call) =>
  cli.command(
    "apply <path>",
    "Apply the plan of a folder, or a saved plan that is not stale",
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
          coerce: readFolderPath("PATH"),
        })
        .options(APPLY_ALL),
    (argv) =>
      call.run(async () => {
        (await import("../options/refuse-missing-path.ts")).refuseMissingPath(argv.path);
        const { runApply } = await import("./apply.ts");
        return runApply({ ...argv, timeoutMs: argv.timeout, waitMs: argv.wait, colour: argv.color });
      }),
  );

const SHOW_OPTIONS = { ...FORMAT_OPTIONS, ...PLAN_KEY_OPTION, ...DETAILED_EXITCODE } as const;

/** `show`. */
export const show: DefineCommand = (cli, call) =>
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

const DRIFT_OPTIONS = { ...JSON_OPTION, ...DRIFT_SHAPING_OPTIONS, ...TARGET_OPTIONS } as const;

/** `drift`. */
export const drift: DefineCommand = (cli, call) =>
  cli.command(
    "drift <dir>",
    "Compare a folder with the live state; exit 2 on drift",
    (builder) =>
      introduce(builder, call, "drift", FOLDER, "poolkeeper drift config-repo --store state", DRIFT_OPTIONS)
        .positional("dir", folder("compare"))
        .options(DRIFT_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./drift.ts")).runDrift({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );
