import { type DefineCommand, introduce } from "./define-command.ts";

const STORE_OPTIONS = {
  store: {
    type: "string",
    requiresArg: true,
    demandOption: true,
    describe: "The store: a folder or a postgres:// URL",
  },
} as const;

/** Keeps what a store holds. */
export const backup: DefineCommand = (cli, call) =>
  cli.command(
    "backup <file>",
    "Write all that a store holds to a file, while it is used",
    (builder) =>
      introduce(builder, call, "backup", "a file", "poolkeeper backup store.jsonl.gz --store state", STORE_OPTIONS)
        .positional("file", { type: "string", demandOption: true, describe: "File to write" })
        .options(STORE_OPTIONS),
    (argv) => call.run(async () => (await import("./backup.ts")).runBackup(argv)),
  );

const RESTORE_OPTIONS = {
  ...STORE_OPTIONS,
  force: { type: "boolean", default: false, describe: "Replace all that the store holds" },
} as const;

/** Brings it back. */
export const restore: DefineCommand = (cli, call) =>
  cli.command(
    "restore <file>",
    "Fill an empty store from such a file; stop daemons first",
    (builder) =>
      introduce(
        builder,
        call,
        "restore",
        "a backup",
        "poolkeeper restore store.jsonl.gz --store postgres://keeper@db.example.com/pools",
        RESTORE_OPTIONS,
      )
        .positional("file", { type: "string", demandOption: true, describe: "File that backup wrote" })
        .options(RESTORE_OPTIONS),
    (argv) => call.run(async () => (await import("./backup.ts")).runRestore(argv)),
  );

const FORGET_OPTIONS = {
  ...STORE_OPTIONS,
  "auto-approve": { type: "boolean", default: false, describe: "Don't ask" },
} as const;

/** Gives up a place that a target had. */
export const forget: DefineCommand = (cli, call) =>
  cli.command(
    "forget <place>",
    "End what a store has on record at a place that was given up, or a name of sensitive values",
    (builder) =>
      introduce(
        builder,
        call,
        "forget",
        "a place",
        "poolkeeper forget https://flyteadmin.example.com --store state",
        FORGET_OPTIONS,
      )
        .positional("place", {
          type: "string",
          demandOption: true,
          describe: "Place, as left-elsewhere names it, or sensitive:NAME",
        })
        .options(FORGET_OPTIONS),
    (argv) => call.run(async () => (await import("./forget.ts")).runForget(argv)),
  );
