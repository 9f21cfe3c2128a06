import { type ControlPlaneOptions, runControlPlane } from "../../src/cli/commands/control-plane.ts";

/** Runs the command as its own process, with the options given as JSON: what tests kill and signal. */
const options: ControlPlaneOptions = JSON.parse(process.argv[2] ?? "{}");
try {
  process.exitCode = await runControlPlane(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
