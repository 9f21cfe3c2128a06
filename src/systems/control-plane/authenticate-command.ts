import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { createTokenCache, type TokenSource } from "./token-source.ts";

const run = promisify(execFile);
const OUTPUT_MAX_BYTES = 64 * 1024;
/** The characters allowed in an HTTP header; a token of any scheme has only these. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Tokens printed by a program (`admin.command` of the flyte config file). It is run without a shell, again when the server
 * refuses its token. Neither its output nor its arguments are ever repeated in an error: both may hold secrets.
 */
export function createCommandToken(
  command: readonly string[],
  { timeoutMs, now }: { readonly timeoutMs: number; readonly now: () => number },
): TokenSource {
  return createTokenCache(
    async () => ({ token: await runCommand(command, timeoutMs), expiresAtMs: null }),
    now,
    undefined,
  );
}

async function runCommand([program = "", ...args]: readonly string[], timeoutMs: number): Promise<string> {
  const { stdout } = await run(program, args, {
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_MAX_BYTES,
    windowsHide: true,
  }).catch((error: unknown) => {
    throw commandFailed(program, describeFailure(error, timeoutMs));
  });
  const token = stdout.trim();
  if (!TOKEN.test(token))
    throw commandFailed(program, token === "" ? "it printed nothing" : "it printed more than a token");
  return token;
}

function describeFailure(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "it could not be run";
  if ("killed" in error && error.killed === true) return `it timed out after ${timeoutMs / 1000} s`;
  if (!("code" in error)) return "it could not be run";
  return typeof error.code === "number" ? `it exited with code ${error.code}` : `it could not be run (${error.code})`;
}

function commandFailed(program: string, reason: string): OperationalError {
  return new OperationalError(
    "token_command_failed",
    `The token command ${program} (admin.command of the flyte config file) returned no token: ${reason}. Run it by hand to see why.`,
    { next: "stop" },
  );
}
