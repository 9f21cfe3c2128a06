import type { SettingsScope } from "../../model/objects/settings.ts";
import { askAbout, askAboutQueue } from "../../plan/routing/ask-about.ts";
import { expandQuestions, type SingleQuestion } from "../../plan/routing/expand-questions.ts";
import { resolveStates } from "../../plan/routing/resolve-states.ts";
import { renderRoutingJson, renderRoutingText } from "../../report/routing/render-routing-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { shown } from "../../report/text/shown-text.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { explainStrangers } from "../output/explain-strangers.ts";
import { showDocument, showNote, showResult } from "../output/show-result.ts";
import { readStates, type States, type StatesOptions } from "../targets/read-states.ts";

/** Options of `poolkeeper routing`: what is left out is asked for all that is known. */
export interface RoutingOptions extends StatesOptions {
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  readonly workflow?: string | undefined;
  readonly queue?: string | undefined;
}

/** Explains which clusters runs and queues reach, now and after the plan of a folder is applied. */
export async function runRouting(options: RoutingOptions): Promise<number> {
  refuseHalfQuestions(options);
  const states = await readStates(options, listScopes(options));
  if (states === null) return EXIT.invalid;
  const both = listFacts(states);
  const questions = chooseQuestions(options, states);
  const routes = resolveStates(both, questions);
  // A queue goes by other names in the control plane: what is asked then is there.
  const queue = questions.find((question) => question.kind === "queue")?.queue;
  const asked = { ...options, queue: options.queue === undefined ? undefined : queue };
  for (const hint of explainStrangers(asked, { flyteadmin: states.flyteadmin, states: both })) {
    showNote(shown`Note: ${hint}\n`);
  }
  if (routes.length === 0) explainSilence(options);
  if (options.json) showDocument(renderRoutingJson(routes));
  else if (routes.length > 0) showResult(renderRoutingText(routes, choosePaint(options.colour)));
  return EXIT.ok;
}

function refuseHalfQuestions({ project, domain, workflow, queue }: RoutingOptions): void {
  const asked = Object.entries({ project, domain, workflow, queue }).filter(([, value]) => value !== undefined);
  const empty = asked.find(([, value]) => value === "");
  if (empty !== undefined) throw usage(`--${empty[0]} needs a name.`);
  if (workflow !== undefined && (project === undefined || domain === undefined)) {
    throw usage("--workflow needs --project and --domain: a workflow's name contains neither.");
  }
  if (queue !== undefined && asked.length > 1) {
    throw usage("--queue excludes --project, --domain and --workflow: query the route of a run, or that of a queue.");
  }
}

/** Where settings hold for what is asked: nothing else may name the scope. */
function listScopes({ project, domain }: RoutingOptions): readonly SettingsScope[] {
  return domain === undefined ? [] : [{ domain, project: project ?? null }];
}

function listFacts({ live, desired }: States) {
  return live === null ? [desired] : [live, desired];
}

function chooseQuestions(
  { project, domain, workflow, queue }: RoutingOptions,
  states: States,
): readonly SingleQuestion[] {
  const both = listFacts(states);
  if (queue !== undefined) return askAboutQueue(queue, states.nameOf, both);
  if (project === undefined && domain === undefined) {
    return expandQuestions([{ kind: "all-runs" }, { kind: "all-queues" }], both);
  }
  return askAbout({ project: project ?? null, domain: domain ?? null, workflow: workflow ?? null }, both);
}

function explainSilence({ project, domain }: RoutingOptions): void {
  const hint =
    project !== undefined && domain === undefined
      ? `No domain of project "${project}" is known: pass --domain too.`
      : "No routes are known: neither the manifests nor a control plane that was read have queues, cluster pool attributes or labels.";
  showNote(shown`${hint}\n`);
}
