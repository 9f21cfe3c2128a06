import type { RunningPass } from "../model/daemon/daemon-service.ts";
import type { ApplyEvent } from "../model/plan/apply-report.ts";
import type { PassProgress } from "../reconcile/pass/pass-tools.ts";

/** Lines of progress that are shown; older ones are in the report. */
const SHOWN_LINES = 200;

/** A running pass with what happened since. */
export function describeProgress(running: RunningPass, progress: PassProgress): RunningPass {
  switch (progress.type) {
    case "step":
      return { ...running, step: progress.step };
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
