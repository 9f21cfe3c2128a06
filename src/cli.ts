import { writeSync } from "node:fs";
import { parseCommandLine } from "./cli/command-line.ts";

/** Why what was printed did not arrive; null: it did, as far as is known. */
let lost: NodeJS.ErrnoException | null = null;
for (const stream of [process.stdout, process.stderr]) stream.on("error", noteLost);
process.on("exit", failWhereLost);
process.exitCode = await parseCommandLine(process.argv.slice(2));

/** Who reads may go away early, as `head` does: what is written then is lost, and what is under way goes on. */
function noteLost(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") lost ??= error;
}

/** A full disk is told where there is still a place to tell it. */
function failWhereLost(): void {
  if (lost === null) return;
  process.exitCode ||= 1;
  try {
    writeSync(process.stderr.fd, `Error: What was printed is not all there: ${lost.message}\n`);
  } catch {
    // Nobody is left to be told.
  }
}
