import type { Route, RouteCluster, RouteReason, RouteSystem } from "../../plan/routing/route.ts";
import { cutList, cutNames, MOST_CHANGES } from "../text/cut-list.ts";
import type { Paint } from "../text/paint.ts";
import { join, joinSections, type Part, type Shown, shown } from "../text/shown-text.ts";

/**
 * The routing, for people: each query once, below it the answer of each system in live and in desired state, and the rules that led to it.
 * Queries with the same answers share a section, and what is unknown of all runs is shown once, at the end. Takes the answers of both
 * states, or of one, in any order; queries are in the order of their first answer.
 */
export function renderRoutingText(routes: readonly Route[], paint: Paint): Shown {
  if (routes.length === 0) return shown`No routes are known.\n`;
  const { known, unknown } = splitUnknown(routes);
  const bodies = [...Map.groupBy(known, keyOf).values()].map((answers) => {
    return { title: titleOf(answers), body: renderSystems(answers, paint) };
  });
  const alike = [...Map.groupBy(bodies, ({ body }) => String(body))];
  const sections = cutList(alike, MOST_CHANGES, "answers", ([, same]) => {
    const titles = same.map(({ title }) => title);
    const body = same[0]?.body ?? "";
    return join([...cutList(titles, MOST_TITLES, "with the same answer", paint.strong), body]);
  });
  return joinSections([...sections, ...renderUnknown(unknown, paint)]);
}

/** Questions with the same answers that are named. */
const MOST_TITLES = 10;

/** Splits off the systems in which the routes of several runs are unknown for one and the same reason. */
function splitUnknown(routes: readonly Route[]): {
  readonly known: readonly Route[];
  readonly unknown: readonly Route[];
} {
  const bySystem = Map.groupBy(routes, ({ system }) => system);
  const isUnknown = (answers: readonly Route[]) =>
    new Set(answers.map(keyOf)).size > 1 &&
    answers.every(({ asked, outcome }) => asked === "run" && outcome === "unknown") &&
    new Set(answers.map(({ because }) => because.at(-1)?.rule)).size === 1;
  const systems = new Set([...bySystem].filter(([, answers]) => isUnknown(answers)).map(([system]) => system));
  return {
    known: routes.filter(({ system }) => !systems.has(system)),
    unknown: routes.filter(({ system }) => systems.has(system)),
  };
}

/** One answer stands for all, with the reason that they have in common. */
function renderUnknown(routes: readonly Route[], paint: Paint): readonly Shown[] {
  return [...Map.groupBy(routes, ({ system }) => system)].map(([system, answers]) => {
    const runs = new Set(answers.map(keyOf)).size;
    const states = [...Map.groupBy(answers, ({ state }) => state).values()];
    const common = states.flatMap(([first]) =>
      first === undefined ? [] : [{ ...first, queue: null, because: first.because.slice(-1) }],
    );
    return join([paint.strong(`all ${runs} runs`), `  ${TITLES[system]}`, ...renderSystem(common, paint)]);
  });
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

function titleOf([first]: readonly Route[]): string {
  return first === undefined ? "" : describeQuestion(first);
}

function renderSystems(answers: readonly Route[], paint: Paint): Shown {
  const systems = [...Map.groupBy(answers, ({ system }) => system)];
  return join(systems.flatMap(([system, both]) => [`  ${TITLES[system]}`, ...renderSystem(both, paint)]));
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
function renderSystem(answers: readonly Route[], paint: Paint): readonly Part[] {
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

function renderAnswer(label: string, route: Route, paint: Paint): readonly Part[] {
  const end = describeEnd(route);
  const painted = route.outcome === "routed" ? end : paint.destroy(end);
  const reasons = cutList(route.because, MOST_REASONS, "rules", (reason) => renderReason(reason, paint));
  return [shown`    ${label.padEnd(LABEL_WIDTH)}  ${painted}`, ...reasons];
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

function renderReason({ rule, source }: RouteReason, paint: Paint): Shown {
  return shown`      ${rule}  ${paint.faint(`(${source})`)}`;
}
