import { type DefineCommand, introduce } from "../options/define-command.ts";

const STORE_OPTIONS = {
  store: {
    type: "string",
    requiresArg: true,
    demandOption: true,
    describe: "The store: a folder or a postgres:// URL",
  },
} as const;

/** `backup`. */
export const backup: DefineCommand = (cli, call) =>
  cli.command(
    "backup <file>",
    "Back up a store to a file, while it is in use",
    (builder) =>
      introduce(builder, call, "backup", "a file", "poolkeeper backup store.jsonl.gz --store state", STORE_OPTIONS)
        .positional("file", { type: "string", demandOption: true, describe: "File to write" })
        .options(STORE_OPTIONS),
    (argv) => call.run(async () => (await import("./backup.ts")).runBackup(argv)),
  );

const RESTORE_OPTIONS = {
  ...STORE_OPTIONS,
  force: { type: "boolean", default: false, describe: "Replace the contents of a store that is not empty" },
} as const;

/** `restore`. */
export const restore: DefineCommand = (cli, call) =>
  cli.command(
    "restore <file>",
    "Restore a backup into an empty store; stop daemons first",
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
  "auto-approve": { type: "boolean", default: false, describe: "Skip the confirmation" },
} as const;

/** `forget`. */
export const forget: DefineCommand = (cli, call) =>
  cli.command(
    "forget <place>",
    "Remove a store's records of an abandoned place, or a name of sensitive values",
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
          describe: "Place, as left-elsewhere or left-half-way names it, or sensitive:NAME",
        })
        .options(FORGET_OPTIONS),
    (argv) => call.run(async () => (await import("./forget.ts")).runForget(argv)),
  );
