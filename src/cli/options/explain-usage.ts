import type { OperationalError } from "../../model/errors/operational-error.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import { usage } from "./plan-options.ts";

/** What a usage error says about its command. */
export interface CommandWords {
  /** For example `plan`. */
  readonly name: string;
  /** The required argument, for example `a folder of manifests`; null for none. */
  readonly needs: string | null;
  /** A call that works. */
  readonly example: string;
  /** Names of its options, as `json` or `on-pool-change`. */
  readonly options: readonly string[];
}

/** Options that every command has. */
const EVERYWHERE = ["help", "version", "color", "no-color"];

/**
 * Turns an error of the command line parser into a usage error: what is wrong, what was probably meant, a call that works.
 * `message` is the parser's, in English.
 */
export function explainUsage(message: string, words: CommandWords, args: readonly string[]): OperationalError {
  const call = `poolkeeper ${words.name}`;
  return usage(`${explain(message, call, words, args)}\nFor example: ${words.example}\nSee ${call} --help.`);
}

/** A call without a command, or with an unknown one. */
export function explainCommand(name: string | undefined, names: readonly string[]): OperationalError {
  const nearest = name === undefined ? undefined : createSuggestNearest()(name, names);
  const fault = name === undefined ? "No command given." : `poolkeeper has no command "${name}".`;
  const hint = nearest === undefined ? `Commands: ${names.join(", ")}.` : `Did you mean ${nearest}?`;
  return usage(`${fault} ${hint}\nFor example: poolkeeper plan config-repo\nSee poolkeeper --help.`);
}

function explain(message: string, call: string, words: CommandWords, args: readonly string[]): string {
  if (message.startsWith("Not enough non-option arguments")) return `${call} needs ${words.needs}.`;
  const missing = /^Missing required arguments?: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return `${call} needs ${missing.split(", ").map(dashed).join(" and ")}.`;
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return `${dashed(valueless)} needs a value.`;
  const choice = readChoice(message);
  if (choice !== undefined) return `${dashed(choice.option)} ${choice.given}: write one of ${choice.choices}.`;
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message)?.[1];
  return unknown === undefined ? message : explainUnknown(unknown.split(", "), call, words, args);
}

/** Of `Argument: OPTION, Given: "VALUE", Choices: "A", "B"`: the last commas count, as the value may hold anything. */
function readChoice(message: string) {
  const line = message.split("\n").find((text) => text.includes("Argument: ")) ?? "";
  const [start, given, choices] = [
    line.indexOf("Argument: "),
    line.indexOf(", Given: "),
    line.lastIndexOf(", Choices: "),
  ];
  if (start === -1 || given < start || choices < given) return undefined;
  return {
    option: line.slice(start + "Argument: ".length, given),
    given: line.slice(given + ", Given: ".length, choices).replace(/^"|"$/g, ""),
    choices: line.slice(choices + ", Choices: ".length).replaceAll('"', ""),
  };
}

/** The parser names an option twice, as `a-b` and as `aB`; only one of them was typed. */
function explainUnknown(found: readonly string[], call: string, words: CommandWords, args: readonly string[]): string {
  const typed = args.map((arg) => arg.split("=", 1)[0] ?? "");
  const options = found.filter((name) => typed.some((arg) => arg.startsWith("-") && arg.replace(/^-+/, "") === name));
  if (options.length > 0) return options.map((name) => explainOption(name, call, words)).join("\n");
  const operands = found.filter((name) => typed.includes(name)).map((name) => `"${name}"`);
  return `${call} takes ${words.needs === null ? "no arguments" : `only ${words.needs}`}: unexpected ${operands.join(", ")}.`;
}

function explainOption(name: string, call: string, { options }: CommandWords): string {
  const nearest = createSuggestNearest()(name, [...options, ...EVERYWHERE]);
  return `${call} has no option ${dashed(name)}${nearest === undefined ? "." : `; did you mean ${dashed(nearest)}?`}`;
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
