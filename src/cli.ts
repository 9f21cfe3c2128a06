import { parseCommandLine } from "./commands/command-line.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", passOverClosedPipe);
process.exitCode = await parseCommandLine(process.argv.slice(2));

/** Who reads may go away early, as `head` does: what is written then is lost, and what is under way goes on. */
function passOverClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
