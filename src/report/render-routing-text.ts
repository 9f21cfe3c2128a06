import type { Route, RouteCluster, RouteReason, RouteSystem } from "../routing/route.ts";
import { cutList, cutNames, MOST_CHANGES } from "./cut-list.ts";
import type { Paint } from "./paint.ts";
import { stripControls } from "./strip-controls.ts";

/**
 * Who runs where, for people: each question once, below it the answer of each system in live and in desired state, and the rules
 * that led to it. Takes the answers of both states, or of one, in any order; questions stand in the order of their first answer.
 */
export function renderRoutingText(routes: readonly Route[], paint: Paint): string {
  if (routes.length === 0) return "Nothing is known that routes work.\n";
  const questions = [...Map.groupBy(routes, keyOf).values()];
  const sections = cutList(questions, MOST_CHANGES, "answers", (answers) => renderQuestion(answers, paint));
  return `${sections.join("\n\n")}\n`;
}

/** The same as JSON: a list of answers, each on lines of its own. */
export function renderRoutingJson(routes: readonly Route[]): string {
  return `${JSON.stringify(routes, null, 2)}\n`;
}

const TITLES: Readonly<Record<RouteSystem, string>> = {
  queues: "queues and settings",
  cluster_pool_attributes: "cluster pool attributes",
  execution_cluster_labels: "execution cluster labels",
};

function keyOf({ asked, project, domain, workflow, queue }: Route): string {
  return JSON.stringify(asked === "queue" ? [asked, queue] : [asked, project, domain, workflow]);
}

function renderQuestion(answers: readonly Route[], paint: Paint): string {
  const [first] = answers;
  const title = first === undefined ? "" : stripControls(describeQuestion(first));
  const systems = [...Map.groupBy(answers, ({ system }) => system)];
  const lines = systems.flatMap(([system, both]) => [`  ${TITLES[system]}`, ...renderSystem(both, paint)]);
  return [paint.strong(title), ...lines].join("\n");
}

function describeQuestion({ asked, project, domain, workflow, queue }: Route): string {
  if (asked === "queue") return `queue "${queue}"`;
  const parts = [
    ...(project === null ? [] : [`project "${project}"`]),
    ...(domain === null ? [] : [`domain "${domain}"`]),
    ...(workflow === null ? [] : [`workflow "${workflow}"`]),
  ];
  if (parts.length === 0) return "any other run";
  return project === null ? `any other run in ${parts.join(", ")}` : parts.join(", ");
}

/** Live and desired in one line where they end the same by the same rules, with the sources of the desired state. */
function renderSystem(answers: readonly Route[], paint: Paint): readonly string[] {
  const live = answers.find(({ state }) => state === "live");
  const desired = answers.find(({ state }) => state === "desired");
  if (live !== undefined && desired !== undefined && isSameWay(live, desired)) {
    return renderAnswer("live = desired", desired, paint);
  }
  return [
    ...(live === undefined ? [] : renderAnswer("live", live, paint)),
    ...(desired === undefined ? [] : renderAnswer("desired", desired, paint)),
  ];
}

function isSameWay(left: Route, right: Route): boolean {
  const [one, other] = [left, right].map(({ outcome, queue, clusters, because }) =>
    JSON.stringify([outcome, queue, clusters, because.map(({ rule }) => rule)]),
  );
  return one === other;
}

function renderAnswer(label: string, route: Route, paint: Paint): readonly string[] {
  const end = stripControls(describeEnd(route));
  const painted = route.outcome === "routed" ? end : paint.destroy(end);
  const reasons = cutList(route.because, MOST_REASONS, "rules", (reason) => renderReason(reason, paint));
  return [`    ${label.padEnd(LABEL_WIDTH)}  ${painted}`, ...reasons];
}

const LABEL_WIDTH = "desired".length;
/** Rules that text shows of one answer. */
const MOST_REASONS = 12;

function describeEnd({ asked, queue, outcome, clusters }: Route): string {
  const via = asked === "run" && queue !== null ? `queue ${queue} -> ` : "";
  switch (outcome) {
    case "routed":
      return `${via}${cutNames(clusters.map(describeCluster))}`;
    case "nowhere":
      return `${via}NOWHERE`;
    case "refused":
      return `${via}(refused)`;
    case "unknown":
      return `${via}(not known)`;
  }
}

function describeCluster({ name, share, healthy }: RouteCluster): string {
  const part = share === null ? "" : ` ${formatShare(share)}`;
  return `${name}${part}${healthy === false ? " (unhealthy)" : ""}`;
}

/** Parts of a hundred with one decimal where it takes one. */
function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function renderReason({ rule, source }: RouteReason, paint: Paint): string {
  return `      ${stripControls(rule)}  ${paint.faint(`(${stripControls(source)})`)}`;
}
