import type { Argv, Options } from "yargs";
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
export type DefineCommand = (cli: CommandLine, call: Call) => CommandLine;

/** What a command on manifests can't do without. */
export const FOLDER = "a folder of manifests";

/** The positional argument that names it. */
export function folder(verb: string) {
  return { type: "string", demandOption: true, describe: `Folder of manifests to ${verb}` } as const;
}

/** Gives a command its example, and our words for a wrong use of it. */
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

/** What the parser finds wrong has no error, or one with a name of its own; anything else is thrown by a command. */
export function isUsage(error: Error | undefined): boolean {
  return !error || error.name === "YError";
}
