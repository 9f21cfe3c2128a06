import type { Options } from "yargs";
import { LOG_LEVELS } from "../../daemon/logging/log.ts";
import { type DefineCommand, introduce } from "../options/define-command.ts";
import { JSON_OPTION, PLAN_KEY_OPTION, SERVING_OPTIONS, STRICT_OPTION, text } from "../options/option-tables.ts";

/** `control-plane`. */
export const controlPlane: DefineCommand = (cli, call) =>
  cli.command(
    "control-plane",
    "Serve the embedded control plane, for trials and tests",
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
  once: { type: "boolean", default: false, describe: "Exit after the apply, instead of running until Ctrl-C" },
} as const;

/** `demo`: what `npm start` runs. */
export const demo: DefineCommand = (cli, call) =>
  cli.command(
    "demo",
    "Run the daemon on a repository made from the example, and an embedded control plane",
    (builder) => introduce(builder, call, "demo", null, "poolkeeper demo --once", DEMO_OPTIONS).options(DEMO_OPTIONS),
    ({ once }) => call.run(async () => (await import("./demo.ts")).runDemo({ once })),
  );

const RUN_OPTIONS = {
  config: { type: "string", demandOption: true, requiresArg: true, describe: "Configuration of the daemon" },
  "log-level": { choices: LOG_LEVELS, default: "info", describe: "Lowest level that is logged" },
} as const satisfies Readonly<Record<string, Options>>;

/** `run`. */
export const run: DefineCommand = (cli, call) =>
  cli.command(
    "run",
    "Run the daemon: reconcile repositories to control planes; serve the web pages and API",
    (builder) =>
      introduce(builder, call, "run", null, "poolkeeper run --config poolkeeper.yaml", RUN_OPTIONS).options(
        RUN_OPTIONS,
      ),
    ({ config: file, logLevel, color }) =>
      call.run(async () => (await import("./run.ts")).runDaemon({ config: file, logLevel, colour: color })),
  );

const CHECK_OPTIONS = { ...JSON_OPTION, ...STRICT_OPTION } as const;

/** `config check`. */
export const config: DefineCommand = (cli, call) =>
  cli.command("config", "Check the daemon's configuration", (builder) =>
    introduce(builder, call, "config", "check FILE", "poolkeeper config check poolkeeper.yaml", {})
      .command(
        "check <file>",
        "Validate a configuration file; needs no network",
        (check) =>
          introduce(
            check,
            call,
            "config check",
            "a configuration",
            "poolkeeper config check poolkeeper.yaml",
            CHECK_OPTIONS,
          )
            .positional("file", { type: "string", demandOption: true, describe: "Configuration of the daemon" })
            .options(CHECK_OPTIONS),
        (argv) =>
          call.run(async () => (await import("./check-config.ts")).runCheckConfig({ ...argv, colour: argv.color })),
      )
      .demandCommand(1),
  );

const TEST_OPTIONS = {
  target: text(undefined, "Target whose rules to test; all targets when left out"),
  ...PLAN_KEY_OPTION,
  ...JSON_OPTION,
} as const;

/** `policy test`: tries custom rules. */
export const policy: DefineCommand = (cli, call) =>
  cli.command("policy", "Test the custom rules of the daemon's configuration on a saved plan", (builder) => {
    const example = "poolkeeper policy test poolkeeper.yaml plan.json";
    return introduce(builder, call, "policy", "test CONFIG PLAN", example, {})
      .command(
        "test <config> <plan>",
        "Show which rules a saved plan breaks; exit 4 when one of them fails",
        (test) =>
          introduce(test, call, "policy test", "a configuration and a saved plan", example, TEST_OPTIONS)
            .positional("config", { type: "string", demandOption: true, describe: "Configuration of the daemon" })
            .positional("plan", { type: "string", demandOption: true, describe: "File that plan --out saved" })
            .options(TEST_OPTIONS),
        (argv) =>
          call.run(async () => (await import("./test-policy.ts")).runTestPolicy({ ...argv, colour: argv.color })),
      )
      .demandCommand(1);
  });
