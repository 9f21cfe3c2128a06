import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PROGRAM } from "./run-program.ts";

/** Keys that answer no question: it is ended by them. */
export const ENDING_KEYS = { "Ctrl-C": "\x03", "Ctrl-D": "\x04" } as const;

/** Who answers: what is typed before Enter; or keys as they are; or the terminal is closed. */
export type TerminalAnswer = string | { readonly keys: string } | "closed terminal";

/** Where the program runs. */
export interface TerminalSurroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Runs the program on a pseudo terminal and answers where it asks; with `no-stdout`, stdout is a pipe beside it. */
export async function answerInTerminal(
  { env, cwd }: TerminalSurroundings,
  streams: "all" | "no-stdout",
  answer: TerminalAnswer,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const script = join(import.meta.dirname, "answer-in-terminal.py");
  const child = spawn("python3", [script, streams, keysOf(answer), process.execPath, PROGRAM, ...args], {
    env: { ...env, TERM: "xterm" },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, stdout, stderr };
}

function keysOf(answer: TerminalAnswer): string {
  if (typeof answer !== "string") return answer.keys;
  return answer === "closed terminal" ? "" : `${answer}\r`;
}
