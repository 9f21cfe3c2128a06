import type { TargetConfig } from "../model/daemon/daemon-config.ts";
import type { RunningPass, WaitsFor } from "../model/daemon/daemon-service.ts";
import type { PassStep } from "../model/passes/pass.ts";
import type { ApplyEvent } from "../model/plan/apply-report.ts";
import type { PassProgress } from "../reconcile/pass/pass-tools.ts";

/** Lines of progress that are shown; older ones are in the report. */
const SHOWN_LINES = 200;

/** Where a target's systems are, without secrets; null: there is none. */
export interface SystemPlaces {
  readonly source: string;
  readonly endpoint: string;
  readonly flyteadmin: string | null;
  readonly delivery: string | null;
}

/** What a step of a pass waits for outside. */
export type WaitsOf = (step: PassStep) => Omit<WaitsFor, "since"> | null;

/** The systems that the steps of a target's passes read from. */
export function listWaits({ source, control_plane }: TargetConfig, places: SystemPlaces): WaitsOf {
  return (step) => {
    if (step === "fetch") {
      return { systems: [places.source], timeout_ms: source.kind === "repository" ? source.timeout_ms : null };
    }
    if (step !== "read") return null;
    const systems = [places.endpoint, places.flyteadmin, places.delivery].filter((place) => place !== null);
    return { systems: [...new Set(systems)], timeout_ms: control_plane.timeout_ms };
  };
}

/** A running pass with what happened since. `now`: by the store's clock. */
export function describeProgress(
  running: RunningPass,
  progress: PassProgress,
  { waitsOf, now }: { readonly waitsOf: WaitsOf; readonly now: string },
): RunningPass {
  switch (progress.type) {
    case "step": {
      const waits = waitsOf(progress.step);
      const { waits_for: _former, ...rest } = running;
      return { ...rest, step: progress.step, ...(waits !== null && { waits_for: { ...waits, since: now } }) };
    }
    case "apply": {
      const line = describeEvent(progress.event);
      return { ...running, progress: [...running.progress, line].slice(-SHOWN_LINES) };
    }
  }
}

function describeEvent(event: ApplyEvent): string {
  switch (event.type) {
    case "started":
      return `${event.step}: started`;
    case "progress":
      return `${event.step}: ${event.message}`;
    case "ended": {
      const { id, status, message } = event.result;
      return message === null ? `${id}: ${status}` : `${id}: ${status}: ${message}`;
    }
  }
}
