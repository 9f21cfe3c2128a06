import yargs from "yargs";
import packageJson from "../../package.json" with { type: "json" };
import { OperationalError } from "../model/errors/operational-error.ts";
import { maskArguments } from "../model/secrets/mask-credentials.ts";
import { showLines, shown } from "../report/text/shown-text.ts";
import { redactKnownSecrets } from "../systems/http/known-secrets.ts";
import { COMMAND_NAMES, defineCommands } from "./define-commands.ts";
import { type CommandLine, isUsage } from "./options/define-command.ts";
import { explainCommand } from "./options/explain-usage.ts";
import { usage } from "./options/plan-options.ts";
import { EXIT, EXIT_HELP, exitCodeOf } from "./output/exit-codes.ts";
import { refuseLinkedStore } from "./output/refuse-links.ts";
import { refuseStoreFile } from "./output/refuse-store-file.ts";
import { showDocument, showNote } from "./output/show-result.ts";

/** Help is wrapped at the terminal's width, up to this many columns. */
const WIDEST_HELP = 120;
const USUAL_WIDTH = 80;

const EPILOGUE = `Each command has its own help: poolkeeper plan --help

${EXIT_HELP}`;

/**
 * Reads the command line, runs the command and gives its exit code. Operational errors are printed on stderr as one message;
 * with `--json` also as one document on stdout, without credentials that were given in an argument and without secrets of this process. Bugs are
 * thrown.
 */
export async function parseCommandLine(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const run = async (command: () => Promise<number>) => {
    code = await command();
  };
  try {
    await defineCommands(openCommandLine(args), { args, run }).parseAsync();
    return code;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const message = maskArguments(redactKnownSecrets(error.message));
    // A server's message may have several lines: indented, none looks like one of ours.
    showNote(shown`Error: ${showLines(message, isOwn(error) ? "" : "  ")}\n`);
    if (args.includes("--json") || args.includes("--json=true"))
      showDocument(`${JSON.stringify({ error: { code: error.code, message } })}\n`);
    return exitCodeOf(error);
  }
}

/** A usage error's message is multi-line by design. */
function isOwn({ code }: OperationalError): boolean {
  return code === "usage";
}

/** The options and behaviour common to all commands. */
function openCommandLine(args: readonly string[]): CommandLine {
  return yargs([...withoutDashes(args)])
    .scriptName("poolkeeper")
    .locale("en")
    .wrap(Math.min(process.stdout.columns || USUAL_WIDTH, WIDEST_HELP))
    .version(packageJson.version)
    .usage("$0 COMMAND: GitOps for Flyte and Union cluster pools, clusters and queues")
    .option("color", {
      type: "boolean",
      default: wantsColour(),
      defaultDescription: "on a terminal",
      describe: "Colours; --no-color or NO_COLOR turns them off",
    })
    .describe({ help: "Show this help", version: "Show the version" })
    .example([["poolkeeper plan config-repo"], ["poolkeeper apply config-repo"]])
    .epilog(EPILOGUE)
    .check(refuseRepeated)
    .check(({ store, out, metadataOut }) => {
      const folder = typeof store === "string" ? store : undefined;
      if (folder !== undefined) refuseLinkedStore(folder);
      for (const file of [out, metadataOut]) if (typeof file === "string") refuseStoreFile(file, "The result", folder);
      return true;
    })
    .demandCommand(1)
    .strict()
    .parserConfiguration({
      "parse-positional-numbers": false,
      "boolean-negation": true,
      "duplicate-arguments-array": true,
    })
    .fail((_message, error) => {
      throw isUsage(error)
        ? explainCommand(
            args.find((arg) => !arg.startsWith("-")),
            COMMAND_NAMES,
          )
        : error;
    });
}

/** What follows `--` is never an option; the parser does not handle that: a folder called -x becomes ./-x. */
function withoutDashes(args: readonly string[]): readonly string[] {
  const place = args.indexOf("--");
  if (place < 0) return args;
  return [...args.slice(0, place), ...args.slice(place + 1).map((word) => (word.startsWith("-") ? `./${word}` : word))];
}

const REPEATABLE = [
  "_",
  "scope",
  "sensitive",
  "reference",
  "target",
  "exclude",
  "replace",
  "allow",
  "override",
  "name",
  "files",
];

/** Refuses a repeated option that takes one value: the parser would pass it on as a list. */
function refuseRepeated(argv: Readonly<Record<string, unknown>>): true {
  const repeated = Object.keys(argv).find((name) => Array.isArray(argv[name]) && !REPEATABLE.includes(name));
  if (repeated !== undefined) throw usage(`--${repeated} is given more than once.`);
  return true;
}

/** See no-color.org: any value but an empty one turns colours off. */
function wantsColour(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}
