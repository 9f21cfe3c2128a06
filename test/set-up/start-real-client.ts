import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Generation } from "../../src/model/objects/live.ts";
import { REAL_CLIENT_ENVIRONMENT, requireRealClient } from "./real-client.ts";
import { REAL_CLIENT_VERSIONS, realClientFolder } from "./real-client-versions.ts";

/** A command of the client, or a program in its Python. */
export type ClientRequest = ({ readonly args: readonly string[] } | { readonly script: string }) & {
  /** What it reads from its standard input, which is at its end after that. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** How a request ended and what it printed, untouched. */
export interface ClientAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real client that stays up and carries out one request after another. */
export interface StartedClient {
  run(request: ClientRequest): Promise<ClientAnswer>;
  close(): Promise<void>;
}

/** Starts the real client of a generation once for many commands; files that commands name are looked for in `folder`. */
export function startRealClient(generation: Generation, folder: string): StartedClient {
  requireRealClient(generation);
  const python = join(realClientFolder(REAL_CLIENT_VERSIONS[generation]), "bin", "python");
  const home = mkdtempSync(join(tmpdir(), "flyte-home-"));
  const child = spawn(python, [join(import.meta.dirname, "run-commands.py")], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: home, ...REAL_CLIENT_ENVIRONMENT },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit");
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (request: ClientRequest): Promise<ClientAnswer> => {
    child.stdin.write(`${JSON.stringify({ args: [], input: "", env: {}, ...request })}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw new Error(`the real client of ${generation} has ended: ${JSON.stringify(request)}`);
    return JSON.parse(value);
  };
  return {
    run: (request) => {
      const answer = last.then(() => ask(request));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
