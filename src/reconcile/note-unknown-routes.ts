import type { Notice } from "../model/plan/plan.ts";
import { showInLine } from "../model/text/show-text.ts";
import type { RouteChange } from "../plan/routing/compare-routes.ts";
import { findRow } from "../plan/routing/find-row.ts";
import { type FactIndex, indexFacts } from "../plan/routing/index-facts.ts";
import type { Route, RouteSystem } from "../plan/routing/route.ts";
import { LAST_POOL } from "../plan/routing/route-by-pool-attributes.ts";
import type { BothFacts } from "./gather-facts.ts";

/** What is known of a system where the clusters are not. */
interface KnownPart {
  readonly system: RouteSystem;
  readonly rowsOf: (index: FactIndex) => FactIndex["labels"];
  /** Of runs for which no row says anything. */
  readonly none: string;
  readonly explain: (changes: string) => string;
}

const KNOWN_PARTS: readonly KnownPart[] = [
  {
    system: "cluster_pool_attributes",
    rowsOf: ({ poolAttributes }) => poolAttributes,
    none: JSON.stringify(LAST_POOL),
    explain: (changes) =>
      `Routing by cluster pool is unknown: neither a map nor a registration lists the clusters of these pools (add a ClusterPoolMap). Known changes of their pool: ${changes}.`,
  },
  {
    system: "execution_cluster_labels",
    rowsOf: ({ labels }) => labels,
    none: "no label",
    explain: (changes) =>
      `Routing by label is unknown: nothing shows which clusters flyteadmin has loaded (add a FlyteClusters manifest). Known changes of their label: ${changes}.`,
  },
];

/** Answers to the same questions in both states, and what differs, where it may be known though an answer is not. */
export interface ComparedRoutes {
  readonly before: readonly Route[];
  readonly after: readonly Route[];
  readonly changes: readonly RouteChange[];
}

/** Reports runs whose pool or label changes while the clusters that it leads to afterwards are unknown. */
export function noteUnknownRoutes({ before, after, changes }: ComparedRoutes, facts: BothFacts): readonly Notice[] {
  const answered = after.filter(({ outcome }) => outcome !== "unknown");
  const concluded = changes.filter(({ after_outcome }) => after_outcome !== "unknown");
  const known = new Set([...answered, ...concluded].map(keyOf));
  const unknown = new Map([...before, ...after].map((route) => [keyOf(route), route]));
  const runs = [...unknown].filter(([key, { asked }]) => asked === "run" && !known.has(key)).map(([, route]) => route);
  if (runs.length === 0) return [];
  const [was, is] = [indexFacts(facts.live), indexFacts(facts.desired)];
  return KNOWN_PARTS.flatMap(({ system, rowsOf, none, explain }): readonly Notice[] => {
    const changes = runs
      .filter((route) => route.system === system)
      .flatMap((route) => describeChange(route, [rowsOf(was), rowsOf(is)], none));
    return changes.length === 0 ? [] : [{ code: "routes-unknown", message: explain(cut(changes)), addresses: [] }];
  });
}

function keyOf({ system, asked, project, domain, workflow }: Route | RouteChange): string {
  return JSON.stringify([system, asked, project, domain, workflow]);
}

function describeChange(
  { project, domain, workflow }: Route,
  states: readonly FactIndex["labels"][],
  none: string,
): readonly string[] {
  if (project === null) return [];
  const [old, next] = states.map((rows) => {
    const value = findRow(rows, { project, domain, workflow })?.row.value ?? "";
    // Labels may hold any sign.
    return value === "" ? none : JSON.stringify(value);
  });
  const place = [project, domain, workflow].filter((part) => part !== null).join("/");
  return old === next ? [] : [showInLine(`${place} ${old} -> ${next}`)];
}

/** Places named in a notice; more are counted. */
const NAMED_PLACES = 10;

function cut(changes: readonly string[]): string {
  const more = changes.length > NAMED_PLACES ? ` and ${changes.length - NAMED_PLACES} more` : "";
  return `${changes.slice(0, NAMED_PLACES).join(", ")}${more}`;
}
