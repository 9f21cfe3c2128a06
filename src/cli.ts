import { parseCommandLine } from "./commands/command-line.ts";

process.exitCode = await parseCommandLine(process.argv.slice(2));
