import { systemClock } from "../apply/clock.ts";
import type { Trigger } from "../model/passes/pass.ts";
import type { Runner } from "./create-runner.ts";
import { untilNextLook } from "./due-look.ts";

type Wake = (target: string, trigger: Trigger) => Promise<void>;

/**
 * Requests a pass over a target immediately, for that reason, and then whenever its source may have changed or drift is due, until the
 * runner is ended.
 */
export async function watchTarget(
  runner: Runner,
  { wake, reason }: { readonly wake: Wake; readonly reason: Trigger },
): Promise<void> {
  const { config, source, ended } = runner;
  const { name } = config;
  source.watch(() => void wake(name, "push"), ended);
  void poll(name, runner, wake, ended);
  void look(name, runner, wake, ended);
  await wake(name, reason);
}

async function poll(name: string, { config }: Runner, wake: Wake, signal: AbortSignal): Promise<void> {
  const { poll_ms, jitter_ms } = config.source;
  for (;;) {
    await systemClock.sleep(poll_ms + Math.random() * jitter_ms, signal);
    if (signal.aborted) return;
    await wake(name, "poll");
  }
}

/** The longest sleep at a time: so a clock that was set does not make it miss its time by much. */
const LONGEST_SLEEP_MS = 60_000;

async function look(name: string, { config }: Runner, wake: Wake, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = untilNextLook(config.drift, Date.now());
    if (left === null) return;
    await systemClock.sleep(Math.min(left + 1, LONGEST_SLEEP_MS), signal);
    if (!signal.aborted && left <= LONGEST_SLEEP_MS) await wake(name, "schedule");
  }
}
