import { type Address, parseAddress } from "../../model/address.ts";
import { DEFAULT_QUEUE_KEY, formatScope, parseSettingsName } from "../../model/objects/settings.ts";
import type { Plan, Route, RunRoute } from "../../model/plan/plan.ts";
import { isPutBackStep } from "../../model/plan/put-back.ts";
import { fieldsSet, type Step } from "../../model/plan/step.ts";
import { nameRoute } from "./find-unsaid-routes.ts";

/** Work that a part of a plan leads to a cluster to which the whole plan does not, and where it does not go now either. */
export interface Rerouted {
  readonly route: Route | RunRoute;
  /** The writes of the part that lead it there: those of the clusters, else those of the queue, else those that lead runs to a queue, a pool or a label. */
  readonly by: readonly Address[];
  /** What was to lead it elsewhere, the likeliest first: of these addresses some are held. */
  readonly instead: readonly Address[];
}

type Parts = Readonly<Record<"whole" | "part", Pick<Plan, "routing">>> & {
  readonly part: Pick<Plan, "steps">;
  readonly whole: Pick<Plan, "changes">;
};

/** Compares all routes of a part, of queues as of runs, with those of the whole plan. Linear in routes and steps. */
export function findRerouted({ whole, part }: Parts): readonly Rerouted[] {
  const shown = new Map(whole.routing.map((route) => [nameRoute(route), route]));
  const strays = listAll(part, shown).flatMap((route) => {
    const stray = findStray(route, shown.get(nameRoute(route)));
    return stray === null ? [] : [stray];
  });
  if (strays.length === 0) return [];
  const written = indexWrites(part.steps);
  const changed = indexChanges(whole);
  return strays.map((stray) => ({
    route: stray.route,
    by: blame(stray, written),
    instead: listInstead(stray, changed),
  }));
}

/** A route with the clusters that it should not get. */
interface Stray {
  readonly route: Route | RunRoute;
  readonly shown: Route | RunRoute | undefined;
  readonly comes: readonly string[];
  /** Those that it loses against the whole plan; all that it loses, where nothing else is left to it. */
  readonly loses: readonly string[];
}

function findStray(route: Route | RunRoute, shown: Route | RunRoute | undefined): Stray | null {
  const [before, after, meant] = [route.before ?? [], route.after ?? [], shown?.after ?? []];
  const known = new Set([...before, ...(shown?.before ?? []), ...meant]);
  const comes = after.filter((name) => !known.has(name));
  if (comes.length === 0) return null;
  const isEmptied = comes.length === after.length;
  const [rest, kept] = [new Set(after), new Set(shown === undefined ? before : meant)];
  const loses = before.filter((name) => !rest.has(name) && (isEmptied || kept.has(name)));
  return { route, shown, comes, loses };
}

/** With the runs that name no queue: as long as they stay in queue `default`, a plan has no more than the route of that one. */
function listAll({ routing }: Pick<Plan, "routing">, shown: ReadonlyMap<string, unknown>) {
  const own = routing.find((route) => !("system" in route) && route.queue === "default");
  if (own === undefined) return routing;
  const runs = { system: "queues", project: null, domain: null, workflow: null, ...own };
  const name = nameRoute(runs);
  return shown.has(name) && !routing.some((route) => nameRoute(route) === name) ? [...routing, runs] : routing;
}

/** The addresses of writes that decide where work goes, by what they write to. */
type Writes = ReadonlyMap<string, readonly Address[]>;

type SettingsUpdate = Extract<Step, { readonly kind: "settings"; readonly op: "update" }>;

const COMES = "cluster that comes";
const LEAVES = "cluster that leaves";

/** But for what is put back as it was: that leads work where it went before. */
function indexWrites(steps: readonly Step[]): Writes {
  const own = steps.filter((step) => !isPutBackStep(step));
  return groupAddresses(own.flatMap((step) => listKeys(step).map((key) => ({ key, address: step.address }))));
}

function groupAddresses(entries: readonly { readonly key: string; readonly address: Address }[]): Writes {
  const groups = Map.groupBy(entries, ({ key }) => key);
  return new Map([...groups].map(([key, all]) => [key, all.map(({ address }) => address)]));
}

function listKeys(step: Step): readonly string[] {
  const { kind, op, physical_name: name } = step;
  const set = fieldsSet(step);
  switch (kind) {
    case "cluster":
      return [
        ...(op === "drain" || op === "delete" ? [] : [`${COMES} ${name}`]),
        ...(op === "drain" || op === "delete" || op === "move" ? [`${LEAVES} ${name}`] : []),
      ];
    case "queue":
      return op === "update" && set.clusters === undefined && set.cluster_pool === undefined ? [] : [`queue ${name}`];
    case "settings":
      return step.op === "update" && !namesQueue(step.set) ? [] : [nameChanged(kind, name)];
    default:
      return [nameChanged(kind, name)];
  }
}

function namesQueue({ settings, cleared }: SettingsUpdate["set"]): boolean {
  return DEFAULT_QUEUE_KEY in settings || cleared.includes(DEFAULT_QUEUE_KEY);
}

function nameScope(settings: string): string {
  return `settings ${formatScope(parseSettingsName(settings))}`;
}

function blame({ route, comes, loses }: Stray, written: Writes): readonly Address[] {
  const find = (keys: readonly string[]) => [...new Set(keys.flatMap((key) => written.get(key) ?? []))];
  const coming = find(comes.map((name) => `${COMES} ${name}`));
  if (coming.length > 0) return [...new Set([...coming, ...find(loses.map((name) => `${LEAVES} ${name}`))])];
  const queues = find(route.queue === null ? [] : [`queue ${route.queue}`]);
  if (queues.length > 0 || !("system" in route)) return queues;
  const leading = find(listLeading(route));
  return leading.length > 0 ? leading : find(MAPS[route.system] ?? []);
}

/** What makes clusters of a pool or of a label, by the system of a route. */
const MAPS: Readonly<Record<string, readonly string[]>> = {
  cluster_pool_attributes: ["cluster_pool_map"],
  execution_cluster_labels: ["flyte_clusters"],
};

/** What leads runs of a place to a queue, a pool or a label: at the place, or wider; the narrowest last. */
function listLeading({ system, project, domain, workflow }: RunRoute): readonly string[] {
  if (system === "queues")
    return [
      "settings ",
      ...(domain === null ? [] : [`settings ${domain}`]),
      ...(domain === null || project === null ? [] : [`settings ${domain}/${project}`]),
    ];
  const kind = system === "cluster_pool_attributes" ? system : "execution_cluster_label";
  const names = [
    ...(project === null ? [] : [project]),
    ...(domain === null ? [] : [`/${domain}`]),
    ...(project === null || domain === null ? [] : [`${project}/${domain}`]),
    ...(project === null || domain === null || workflow === null ? [] : [`${project}/${domain}/${workflow}`]),
  ];
  return names.map((name) => `${kind} ${name}`);
}

/** All addresses that a plan changes, by what that is, whether written to by the part or not. */
function indexChanges({ changes }: Pick<Plan, "changes">): Writes {
  const entries = changes.flatMap(({ address, physical_name, previous_physical_name }) => {
    const names = new Set([physical_name, previous_physical_name ?? physical_name]);
    return [...names].map((name) => ({ key: nameChanged(parseAddress(address)?.kind ?? "", name), address }));
  });
  return groupAddresses(entries);
}

function nameChanged(kind: string, name: string): string {
  if (kind === "settings") return nameScope(name);
  return kind === "cluster_pool_map" || kind === "flyte_clusters" ? kind : `${kind} ${name}`;
}

function listInstead({ route, shown, comes, loses }: Stray, changed: Writes): readonly Address[] {
  const rest = new Set(route.after);
  const missing = (shown?.after ?? []).filter((name) => !rest.has(name));
  const keys = [
    ...("system" in route ? listLeading(route).toReversed() : []),
    ...[shown?.queue, route.queue].flatMap((queue) => (typeof queue === "string" ? [`queue ${queue}`] : [])),
    ...[...comes, ...missing, ...loses].map((name) => `cluster ${name}`),
    ...("system" in route ? (MAPS[route.system] ?? []) : []),
  ];
  return [...new Set(keys.flatMap((key) => changed.get(key) ?? []))];
}
