import type { TargetConfig } from "../model/daemon-config.ts";
import { createRunner, type Runner, type RunnerTools } from "./create-runner.ts";

/** The runners of all targets, by name. */
export type Runners = ReadonlyMap<string, Runner>;

/** Opens all targets or none. Throws what {@link createRunner} throws. */
export async function openRunners(targets: readonly TargetConfig[], tools: RunnerTools): Promise<Runners> {
  const runners = new Map<string, Runner>();
  try {
    for (const target of targets) runners.set(target.name, await createRunner(target, tools, targets));
    return runners;
  } catch (error) {
    await closeRunners(runners);
    throw error;
  }
}

/** Closes them all. */
export async function closeRunners(runners: Runners): Promise<void> {
  await Promise.all([...runners.values()].map((runner) => runner.close()));
}
