import type { ApplyEvent, StepResult } from "../../model/plan/apply-report.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { describeStep } from "../../report/plan/describe-step.ts";
import { shown } from "../../report/text/shown-text.ts";
import { showNote } from "./show-result.ts";

/** Shows the progress of a run on stderr. */
export interface Progress {
  readonly onEvent: (event: ApplyEvent) => void;
  /** Ends the display; resolves when the terminal is the caller's again. */
  end(): Promise<void>;
}

/** Steps that fit on a terminal without scrolling. */
const MOST_LIVE_STEPS = 40;

/** Live progress on a terminal, plain lines otherwise and for long plans. */
export function showProgress(plan: Plan, live: boolean): Progress {
  return live && plan.steps.length > 0 && plan.steps.length <= MOST_LIVE_STEPS
    ? liveProgress(plan)
    : lineProgress(plan);
}

function lineProgress(plan: Plan): Progress {
  const titles = titlesOf(plan);
  const say = (line: string) => showNote(shown`${line}\n`);
  return {
    onEvent: (event) => {
      switch (event.type) {
        case "started":
          return say(`${titles.get(event.step)} ...`);
        case "progress":
          return say(`  ${titles.get(event.step)}: ${event.message}`);
        case "ended": {
          const { id, status } = event.result;
          const reason = reasonOf(event.result, titles);
          return say(`${titles.get(id)}: ${status}${reason === null ? "" : ` (${reason})`}`);
        }
      }
    },
    end: async () => {},
  };
}

function liveProgress(plan: Plan): Progress {
  const titles = titlesOf(plan);
  const ends = new Map(plan.steps.map((step) => [step.id, Promise.withResolvers<void>()]));
  const notes = new Map<string, (text: string) => void>();
  const display = import("listr2").then(({ Listr, ListrLogger, ProcessOutput }) => {
    const tasks = plan.steps.map((step) => ({
      title: titles.get(step.id) ?? step.id,
      task: (_: unknown, task: { output: string }) => {
        notes.set(step.id, (text) => {
          task.output = showInLine(text);
        });
        return ends.get(step.id)?.promise;
      },
    }));
    // stdout is for results: the display goes to the other stream.
    const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stdout) });
    const options = {
      concurrent: true,
      exitOnError: false,
      collectErrors: false,
      rendererOptions: { logger },
    } as const;
    return new Listr(tasks, options).run();
  });
  return {
    onEvent: (event) => {
      if (event.type === "progress") notes.get(event.step)?.(event.message);
      if (event.type !== "ended") return;
      const { id, status } = event.result;
      const end = ends.get(id);
      if (status === "applied") end?.resolve();
      else end?.reject(new Error(reasonOf(event.result, titles) ?? status));
    },
    end: async () => {
      for (const end of ends.values()) end.resolve();
      await display;
    },
  };
}

/** Why a step is not applied, with the step that is the cause in words. */
function reasonOf({ message, because }: StepResult, titles: ReadonlyMap<string, string>): string | null {
  const cause = because === null ? undefined : titles.get(because);
  return message === null || because === null || cause === undefined ? message : message.replace(because, `"${cause}"`);
}

function titlesOf(plan: Plan): ReadonlyMap<string, string> {
  return new Map(plan.steps.map((step) => [step.id, showInLine(describeStep(step))]));
}
