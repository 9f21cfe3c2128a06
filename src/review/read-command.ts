/** What can be asked for in a comment. */
export const COMMAND_NAMES = ["plan", "apply", "approve", "reject", "unlock", "help"] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** What a comment asks for. */
export interface Command {
  readonly name: CommandName;
  /** Of `approve` and `reject`: a digest or its beginning; "" where none is given. */
  readonly digest: string;
}

/** Whether a command decides what may run, so that it has to be its author's own. */
export function isDecision({ name }: Command): boolean {
  return name === "approve" || name === "reject";
}

/** Longer lines are no command, and nobody keeps the daemon busy with them. In characters. */
const LONGEST_LINE = 200;
const COMMAND = /^ {0,3}\/?poolkeeper[ \t]+([a-z]+)(?:[ \t]+([0-9a-f]{1,64}))?[ \t]*$/i;

/**
 * The command of a comment, or null. It stands alone on the comment's first line that is not empty, so that nobody commands by
 * quoting one, by showing it as code or by speaking of it. A word that is no command is one for `help`.
 */
export function readCommand(body: string): Command | null {
  const line = body.split(/\r?\n/).find((text) => text.trim() !== "");
  if (line === undefined || line.length > LONGEST_LINE) return null;
  const [, word, digest = ""] = COMMAND.exec(line) ?? [];
  if (word === undefined) return null;
  const name = COMMAND_NAMES.find((known) => known === word.toLowerCase()) ?? "help";
  return { name, digest: digest.toLowerCase() };
}
