import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Generation } from "../../src/model/objects/live.ts";
import { PATIENCE_MS } from "./patience.ts";
import { readPrinted } from "./read-printed.ts";
import { REAL_CLIENT_ENVIRONMENT, requireRealClient } from "./real-client.ts";
import { REAL_CLIENT_VERSIONS, realClientFolder } from "./real-client-versions.ts";

/** A command of the real client that runs in a terminal, as one that draws and does not end by itself. */
export interface TerminalCommand {
  /** Waits until a part of what was printed so far, as words, matches. Throws where the command ends before that. */
  waitFor(pattern: RegExp): Promise<void>;
  /** Presses Ctrl-C and waits for the end; gives the exit code. */
  interrupt(): Promise<number | null>;
}

const IN_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** Starts `flyte ARGS` in a pseudo terminal. */
export function startInTerminal(generation: Generation, args: readonly string[]): TerminalCommand {
  const python = join(realClientFolder(REAL_CLIENT_VERSIONS[generation]), "bin", "python");
  const home = mkdtempSync(join(tmpdir(), "flyte-home-"));
  const child = spawn(python, ["-c", IN_TERMINAL, requireRealClient(generation), ...args], {
    env: { PATH: process.env.PATH, HOME: home, ...REAL_CLIENT_ENVIRONMENT, COLUMNS: "250", LINES: "60" },
  });
  let seen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
  });
  const ended = once(child, "exit").finally(() => rmSync(home, { recursive: true, force: true }));
  const waitFor = async (pattern: RegExp) => {
    const limit = AbortSignal.timeout(PATIENCE_MS);
    while (!pattern.test(readPrinted(seen))) {
      if (child.exitCode !== null || limit.aborted) throw new Error(`waited for ${pattern}, saw ${readPrinted(seen)}`);
      await Promise.race([once(child.stdout, "data", { signal: limit }), ended]).catch(() => undefined);
    }
  };
  const interrupt = async () => {
    child.stdin.write("\x03");
    const kill = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    const [code] = await ended;
    clearTimeout(kill);
    return code;
  };
  return { waitFor, interrupt };
}
