import type { Argv, Options } from "yargs";
import { type CommandWords, explainUsage } from "./explain-usage.ts";
import { readFolderPath } from "./read-folder-path.ts";

/** A command line that knows the options of all commands. */
export type CommandLine = Argv<{ color: boolean }>;

/** One call of the program. */
export interface Call {
  /** As typed. */
  readonly args: readonly string[];
  /** Runs a command: its exit code becomes the program's. */
  readonly run: (command: () => Promise<number>) => Promise<void>;
}

/** Adds a command to a command line. */
export type DefineCommand = (cli: CommandLine, call: Call) => CommandLine;

/** The required argument of a command on manifests. */
export const FOLDER = "a folder of manifests";

/** The positional argument for that folder. */
export function folder(verb: string) {
  return {
    type: "string",
    demandOption: true,
    describe: `Folder of manifests to ${verb}`,
    coerce: readFolderPath("DIR"),
  } as const;
}

/** Adds a command's example and its usage errors. */
export function introduce<T>(
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

/** The parser reports a wrong use without an error, or with a `YError`; any other error was thrown by a command. */
export function isUsage(error: Error | undefined): boolean {
  return !error || error.name === "YError";
}
