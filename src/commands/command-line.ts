import yargs, { type Argv } from "yargs";
import packageJson from "../../package.json" with { type: "json" };
import { KINDS } from "../model/address.ts";
import { GENERATIONS } from "../model/live.ts";
import { OperationalError } from "../model/operational-error.ts";
import { parseDuration } from "../model/parse-duration.ts";
import { EXIT } from "./exit-codes.ts";
import { usage } from "./plan-options.ts";
import type { OutputFormat } from "./print-plan.ts";

/**
 * Reads the command line, runs the command and gives its exit code. Faults of the world are printed on stderr as one message;
 * with `--json` also as one document on stdout. Bugs are thrown. Commands are loaded only when they are run.
 */
export async function parseCommandLine(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const run = (command: () => Promise<number>) => async () => {
    code = await command();
  };
  try {
    await defineCommands(yargs([...args]), run).parseAsync();
    return code;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    const { code: name, message } = error;
    if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code: name, message } })}\n`);
    return name === "stale_plan" ? EXIT.stale : EXIT.error;
  }
}

type Run = (command: () => Promise<number>) => () => Promise<void>;

function defineCommands(cli: Argv, run: Run): Argv {
  const colour = wantsColour();
  return cli
    .scriptName("poolkeeper")
    .version(packageJson.version)
    .usage("$0 COMMAND: keeps cluster pools, clusters and queues where the manifests say they are")
    .option("color", { type: "boolean", default: colour, describe: "Colours; --no-color or NO_COLOR turns them off" })
    .command("validate <dir>", "Check a folder of manifests; needs no network", withJson, (argv) =>
      run(async () => (await import("./validate.ts")).runValidate({ dir: argv.dir as string, json: argv.json }))(),
    )
    .command(
      "plan <dir>",
      "Show what would change; exit 0, or 2 with --detailed-exitcode when there are changes, 4 when blocked",
      (builder) =>
        shaping(connecting(withJson(builder)))
          .option("markdown", { type: "boolean", default: false, describe: "Print Markdown" })
          .option("out", { type: "string", requiresArg: true, describe: "Save the plan in this file" })
          .option("detailed-exitcode", { type: "boolean", default: false, describe: "Exit 2 when there are changes" }),
      (argv) =>
        run(async () =>
          (await import("./plan.ts")).runPlan({
            ...argv,
            timeoutMs: argv.timeout,
            dir: argv.dir as string,
            format: chooseFormat(argv),
            colour: argv.color as boolean,
          }),
        )(),
    )
    .command(
      "apply <path>",
      "Carry out a folder's plan, or exactly the saved one",
      (builder) =>
        shaping(connecting(withJson(builder)))
          .option("auto-approve", { type: "boolean", default: false, describe: "Do not ask" })
          .option("wait", {
            type: "string",
            default: "10m",
            requiresArg: true,
            coerce: duration("--wait"),
            describe: "How long to wait for work to end; never forces",
          })
          .option("parallelism", { type: "number", default: 10, requiresArg: true, describe: "Writes at once" }),
      (argv) =>
        run(async () => {
          if (!Number.isInteger(argv.parallelism) || argv.parallelism < 1) {
            throw usage("--parallelism takes a whole number from 1.");
          }
          return (await import("./apply.ts")).runApply({
            ...argv,
            timeoutMs: argv.timeout,
            path: argv.path as string,
            waitMs: argv.wait,
            colour: argv.color as boolean,
          });
        })(),
    )
    .command(
      "show <file>",
      "Show a saved plan",
      (builder) =>
        withJson(builder).option("markdown", { type: "boolean", default: false, describe: "Print Markdown" }),
      (argv) =>
        run(async () =>
          (await import("./show.ts")).runShow({
            file: argv.file as string,
            format: chooseFormat(argv),
            colour: argv.color as boolean,
          }),
        )(),
    )
    .command(
      "status [address]",
      "Show pools, clusters and queues as they are now",
      (builder) => connecting(withJson(builder)),
      (argv) =>
        run(async () =>
          (await import("./status.ts")).runStatus({
            ...argv,
            timeoutMs: argv.timeout,
            address: argv.address as string | undefined,
            colour: argv.color as boolean,
          }),
        )(),
    )
    .command(
      "schema <kind>",
      `Print the JSON Schema of a kind (${KINDS.join(", ")})`,
      (builder) => builder,
      (argv) => run(async () => (await import("./print-schema.ts")).runPrintSchema({ kind: argv.kind as string }))(),
    )
    .command("control-plane", "Serve the embedded control plane: for trying and testing", serving, (argv) =>
      run(async () => (await import("./control-plane.ts")).runControlPlane(argv))(),
    )
    .command(
      "demo",
      "Plan and apply the example repository onto an embedded control plane",
      (builder) => builder.option("once", { type: "boolean", default: false, describe: "End when it is applied" }),
      (argv) =>
        run(async () => (await import("./demo.ts")).runDemo({ once: argv.once, colour: argv.color as boolean }))(),
    )
    .check(refuseRepeated)
    .demandCommand(1, "Say which command: see poolkeeper --help.")
    .strict()
    .parserConfiguration({
      "parse-positional-numbers": false,
      "boolean-negation": true,
      "duplicate-arguments-array": true,
    })
    .fail((message, error) => {
      // What yargs finds wrong with the arguments has a name of its own; anything else is thrown by a command.
      if (error && error.name !== "YError") throw error;
      throw usage(`${message}\nSee poolkeeper --help.`);
    });
}

const REPEATABLE = ["_", "target", "exclude", "replace", "allow"];

/** An option that takes one value and was given two would reach the command as a list. */
function refuseRepeated(argv: Readonly<Record<string, unknown>>): true {
  const repeated = Object.keys(argv).find((name) => Array.isArray(argv[name]) && !REPEATABLE.includes(name));
  if (repeated !== undefined) throw usage(`--${repeated} is given more than once.`);
  return true;
}

function withJson(builder: Argv) {
  return builder.option("json", { type: "boolean", default: false, describe: "Print one JSON document" });
}

function connecting<T>(builder: Argv<T>) {
  return builder
    .option("endpoint", { type: "string", requiresArg: true, describe: "URL of the control plane" })
    .option("org", { type: "string", requiresArg: true, describe: "Organization" })
    .option("token", { type: "string", requiresArg: true, describe: "Bearer token" })
    .option("ca-file", { type: "string", requiresArg: true, describe: "Certificate authorities to trust, PEM" })
    .option("insecure", { type: "boolean", describe: "Allow plain HTTP to any host" })
    .option("insecure-skip-verify", { type: "boolean", describe: "Do not check certificates" })
    .option("timeout", {
      type: "string",
      default: "30s",
      requiresArg: true,
      coerce: duration("--timeout"),
      describe: "Longest wait for one answer",
    });
}

function shaping<T>(builder: Argv<T>) {
  return builder
    .option("prune", { choices: ["none", "owned", "all"] as const, describe: "Delete what no manifest names any more" })
    .option("store", { type: "string", requiresArg: true, describe: "Folder or postgres:// URL that keeps ownership" })
    .option("target", { type: "string", array: true, nargs: 1, describe: "Only this address and what it rests on" })
    .option("exclude", { type: "string", array: true, nargs: 1, describe: "Not this address or what rests on it" })
    .option("replace", { type: "string", array: true, nargs: 1, describe: "Register this address again" })
    .option("on-pool-change", { choices: ["auto", "move", "replace"] as const, describe: "How a pool change is made" })
    .option("allow", { type: "string", array: true, nargs: 1, describe: "Let a failed check through, this once" });
}

function serving(builder: Argv) {
  return builder
    .option("port", { type: "number", default: 0, requiresArg: true, describe: "0 picks one" })
    .option("generation", { choices: GENERATIONS, default: "2026-11" as const, describe: "Whose rules it plays by" })
    .option("org", { type: "string", default: "acme", requiresArg: true, describe: "Organization" })
    .option("data", { type: "string", requiresArg: true, describe: "Folder that keeps the state; none: memory" })
    .option("token", { type: "string", requiresArg: true, describe: "Bearer token that calls must carry" })
    .option("tls-cert", { type: "string", requiresArg: true, describe: "Certificate, PEM" })
    .option("tls-key", { type: "string", requiresArg: true, describe: "Key, PEM" })
    .option("simulate", { type: "boolean", default: false, describe: "Simulate a data plane" })
    .option("admin-port", { type: "number", requiresArg: true, describe: "Admin API on loopback; 0 picks one" });
}

function chooseFormat({ json, markdown }: { json: boolean; markdown: boolean }): OutputFormat {
  if (json && markdown) throw usage("--json and --markdown exclude each other.");
  return json ? "json" : markdown ? "markdown" : "text";
}

function duration(flag: string): (text: string) => number {
  return (text) => {
    const milliseconds = parseDuration(text);
    if (milliseconds === undefined) throw usage(`${flag} ${text}: write 30s, 5m or 2h.`);
    return milliseconds;
  };
}

function wantsColour(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
