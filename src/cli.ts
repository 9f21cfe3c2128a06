import { writeSync } from "node:fs";
import { parseCommandLine } from "./cli/command-line.ts";

// libuv reads it when the first task needs one of its threads. Each lookup of a host name holds one until the resolver gives up, and lookups take
// half of them: with four, two names whose servers never answer stop all others.
process.env.UV_THREADPOOL_SIZE ||= "32";

/** The error because of which output was lost; null: none is known. */
let lost: NodeJS.ErrnoException | null = null;
for (const stream of [process.stdout, process.stderr]) stream.on("error", noteLost);
process.on("exit", failWhereLost);
process.exitCode = await parseCommandLine(process.argv.slice(2));

/** Notes a failed write to an output. A reader may close a pipe early, as `head` does: that is no error, and the command continues. */
function noteLost(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") lost ??= error;
}

/** Exits with an error where output was lost, as on a full disk, and reports it where stderr still works. */
function failWhereLost(): void {
  if (lost === null) return;
  process.exitCode ||= 1;
  try {
    writeSync(process.stderr.fd, `Error: Output was lost: ${lost.message}\n`);
  } catch {
    // Stderr is lost too: only the exit code remains.
  }
}
