import { isAttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { type Address, formatAddress } from "../../model/address.ts";
import { formatAttributesScope, keyRow, parseAttributesScope, showRow } from "../../model/objects/attributes.ts";
import type { DesiredAttributes, DesiredPlaced } from "../../model/objects/desired.ts";
import { listPlaced } from "../../model/objects/desired.ts";
import type { LiveFlyteadmin } from "../../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, nameSettings } from "../../model/objects/settings.ts";
import type { Change } from "../../model/plan/plan.ts";
import { rowsBelow } from "../../model/plan/step.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { fact } from "../draft/draft-step.ts";
import { sameJson } from "../fields/compare-fields.ts";
import { isLive } from "../input/index-world.ts";
import type { Placements } from "../placements/placement.ts";
import { findDrainedDefaults } from "./find-drained-defaults.ts";
import { findUnseenSettings, listGone } from "./find-unseen-settings.ts";

/** What the checks find about objects that stand in places: systems, projects, references and rows that go along. */
export function findPlaceRisks(decisions: Decisions, changes: readonly Change[]): readonly Finding[] {
  return [
    ...findMissingSystems(decisions),
    ...findProjects(decisions),
    ...findReferences(decisions),
    ...findLostPools(decisions, changes),
    ...findMissingDefault(decisions),
    ...findDrainedDefaults(decisions),
    ...findUnseenSettings(decisions),
    ...findCascades(decisions),
  ];
}

/** Nothing is planned on a system that was not read, so what is wanted there must not pass for done. */
function findMissingSystems({ input }: Decisions): readonly Finding[] {
  const { systems } = input.live;
  const { desired } = input;
  const named = [...desired.pools, ...desired.clusters, ...desired.queues];
  return [
    ...(systems.union === "absent" && named.length > 0
      ? [
          missing(
            "a Union control plane",
            "Name it with --endpoint.",
            named.map(({ address }) => address),
          ),
        ]
      : []),
    ...groupBySystem(listPlaced(desired)).flatMap(({ system, addresses }): readonly Finding[] => {
      const status = systems[system];
      if (status === "read" || addresses.length === 0) return [];
      const { what, remedy } = SYSTEMS[system];
      return [status === "absent" ? missing(what, remedy, addresses) : unreadable(addresses)];
    }),
    ...findHiddenScopes(input),
  ];
}

/** A token may have the right to read the settings of some scopes only. */
function findHiddenScopes({ live, desired }: Decisions["input"]): readonly Finding[] {
  if (live.systems.settings !== "read") return [];
  const hidden = new Set(live.unreadable_scopes.map((scope) => nameSettings(live.org, scope)));
  const addresses = desired.settings.filter(({ name }) => hidden.has(name)).map(({ address }) => address);
  if (addresses.length === 0) return [];
  return [unreadable(addresses)];
}

const SYSTEMS = {
  settings: { what: "a control plane with settings", remedy: "This one has none." },
  flyteadmin: { what: "a flyteadmin", remedy: "Name it with --flyteadmin-endpoint." },
} as const;

function groupBySystem(placed: readonly Pick<DesiredPlaced, "kind" | "address">[]) {
  const inSystem = (system: "settings" | "flyteadmin") => {
    const addresses = placed
      .filter(({ kind }) => KIND_DEFINITIONS[kind].system === system)
      .map(({ address }) => address);
    return { system, addresses };
  };
  return [inSystem("settings"), inSystem("flyteadmin")];
}

function missing(what: string, remedy: string, addresses: readonly Address[]): Finding {
  const message = `${listNeedy(addresses)} ${what}. ${remedy}`;
  return { check: "capability", status: "fail", message, addresses };
}

function unreadable(addresses: readonly Address[]): Finding {
  const message = `${listSome(addresses)}: permission denied. Grant the token read access, or leave out what it may not read with --exclude.`;
  return { check: "capability", status: "fail", message, addresses };
}

function listNeedy(addresses: readonly Address[]): string {
  return addresses.length === 1 ? `${addresses[0]} needs` : `${listSome(addresses)} need`;
}

/** A project that is not there or is archived takes no write; a domain is the server's configuration. */
function findProjects({ input, placements }: Decisions): readonly Finding[] {
  const { live } = input;
  if (live.systems.flyteadmin !== "read") return [];
  const states = new Map(live.flyteadmin.projects.map(({ id, state }) => [id, state]));
  const tell = (status: Finding["status"], address: Address, message: string | null): readonly Finding[] =>
    message === null ? [] : [{ check: "references", status, message: `${address}: ${message}`, addresses: [address] }];
  return [
    ...placements.wanted.flatMap(({ desired, address, before, after }) => {
      if (desired === null || !isAttributes(desired)) return [];
      // What is as it is wanted asks for no write.
      const isThere = before !== null && after !== null && sameJson(before, after);
      return tell(isThere ? "warn" : "fail", address, explainScope(desired, states, live.flyteadmin));
    }),
    ...placements.removals.flatMap(({ write, name, address }) =>
      isAttributesKind(write.kind) ? tell("fail", address, explainRemoval(address, name, states)) : [],
    ),
  ];
}

function explainRemoval(address: Address, name: string, states: ReadonlyMap<string, string>): string | null {
  const { project } = parseAttributesScope(name);
  const state = states.get(project) ?? "unknown";
  if (state === "active") return null;
  return `project "${project}" is ${state} and rejects deletes. Activate it, or leave the row with --exclude ${address}.`;
}

function explainScope(
  { scope }: DesiredAttributes,
  states: ReadonlyMap<string, string>,
  { domains }: LiveFlyteadmin,
): string | null {
  const state = states.get(scope.project);
  if (state === undefined) return `flyteadmin has no project "${scope.project}". Create it, or correct the name.`;
  if (state !== "active")
    return `project "${scope.project}" is ${state} and rejects writes. Activate it, or remove the manifest.`;
  if (scope.domain === null || domains.includes(scope.domain)) return null;
  return `flyteadmin has no domain "${scope.domain}"; it has ${domains.join(", ")}.`;
}

function isAttributes(desired: DesiredPlaced): desired is DesiredAttributes {
  return isAttributesKind(desired.kind);
}

/** A queue that settings name and that no manifest of theirs repoints must not go: the control plane refuses it, or runs would. */
function findReferences(decisions: Decisions): readonly Finding[] {
  const { input, placements } = decisions;
  const gone = listGone(decisions);
  if (gone.size === 0) return [];
  const lets = new Set(
    [...placements.wanted, ...placements.removals].flatMap(({ name, gives = [] }) =>
      gives.map((given) => `${name} ${given}`),
    ),
  );
  return input.live.settings.flatMap(({ scope, values }): readonly Finding[] => {
    const queue = values[DEFAULT_QUEUE_KEY];
    const name = nameSettings(input.live.org, scope);
    const address = typeof queue === "string" ? gone.get(queue) : undefined;
    if (address === undefined) return [];
    if (lets.has(`${name} ${fact.unreferred(String(queue))}`)) return [];
    const message = `Settings of ${name} name queue ${queue} as run.default_queue, and ${address} takes that queue away. Declare settings.${name} with another queue.`;
    const concerns = [formatAddress("settings", name)];
    return [{ check: "references", status: "fail", message, addresses: [address], concerns }];
  });
}

/** Rows that still name a pool that is deleted: runs there would reach nothing. Nothing runs in a project that is not active. */
function findLostPools({ input, placements }: Decisions, changes: readonly Change[]): readonly Finding[] {
  const deleted = changes.filter(({ address, action }) => address.startsWith("cluster_pool.") && action === "delete");
  const gone = new Map(deleted.map(({ address, physical_name }) => [physical_name, address]));
  for (const { pool } of input.desired.pool_maps.flatMap(({ pools }) => pools)) gone.delete(pool);
  if (gone.size === 0) return [];
  const { rows, projects } = input.live.flyteadmin;
  const active = new Set(["", ...projects.filter(({ state }) => state === "active").map(({ id }) => id)]);
  const placed = [...placements.wanted, ...placements.removals];
  const leaving = new Set(placed.flatMap(({ address, gives = [] }) => gives.map((given) => `${address} ${given}`)));
  return rows.flatMap(({ kind, scope, launch_plan, value }): readonly Finding[] => {
    const pool = KIND_DEFINITIONS[kind].refersTo === "pool" && active.has(scope.project) ? gone.get(value) : undefined;
    const row = formatAddress(kind, formatAttributesScope(scope));
    if (pool === undefined || (launch_plan === null && leaving.has(`${row} ${fact.left(value)}`))) return [];
    const message = `${row} names cluster pool ${value}, which this plan deletes, and no manifest gives it another: runs there would reach nothing. Declare it with another pool, or keep ${pool}.`;
    const concerns = [formatAddress(kind, showRow(keyRow({ scope, launch_plan })))];
    return [{ check: "references", status: "fail", message, addresses: [pool], concerns }];
  });
}

/** Queue `default` needs no manifest, but the server makes it only with the first registration. */
function findMissingDefault({ placements, queues, clusters, world }: Decisions): readonly Finding[] {
  const made =
    isLive(world.queues.get("default")) ||
    queues.some(({ physical }) => physical === "default") ||
    clusters.some(({ verb }) => verb === "create" || verb === "replace");
  if (made) return [];
  return placements.wanted
    .filter(({ needs = [] }) => needs.includes(fact.queue("default")))
    .map(({ address }) => {
      const message = `${address} names queue default as run.default_queue, which does not exist: a control plane creates it with its first cluster. Register one, or name another queue.`;
      return { check: "references", status: "fail", message, addresses: [address] };
    });
}

/** Rows that go along are written back as far as HTTP can; that survives a crash only where a store has them. */
function findCascades({ input, placements }: Decisions): readonly Finding[] {
  const unsafe = placements.removals.flatMap(({ write: { kind }, address, loses = [] }): readonly Finding[] => {
    if (loses.length === 0) return [];
    const message = `Deleting ${address} also deletes ${listSome(loses.map(showRow))} permanently: HTTP cannot write ${loses.length === 1 ? "it" : "them"} back. Keep its manifest, or leave it out with --exclude.`;
    const concerns = loses.map((row) => formatAddress(kind, showRow(row)));
    return [{ check: "cascade", status: "fail", message, addresses: [address], concerns }];
  });
  return input.ownership === "store" ? unsafe : [...unsafe, ...findUnstored(placements)];
}

function findUnstored(placements: Placements): readonly Finding[] {
  return placements.removals.flatMap(({ address, write }): readonly Finding[] => {
    const below = rowsBelow(write)?.put_back?.length ?? 0;
    if (below === 0) return [];
    const message = `Deleting ${address} also deletes ${below} more, which are then written back. Without a store, a crash in between may lose them: use --store.`;
    return [{ check: "cascade", status: "fail", message, addresses: [address] }];
  });
}
