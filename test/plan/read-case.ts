import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { resolveDesired } from "../../src/manifests/desired/resolve-desired.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { hasErrors } from "../../src/manifests/load-desired.ts";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import { type Address, parseAddress } from "../../src/model/address.ts";
import type { OwnedObject } from "../../src/model/ledger/ledger.ts";
import { type Desired, listPlaced } from "../../src/model/objects/desired.ts";
import type { InFlight, LiveState } from "../../src/model/objects/live.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { recordManifest } from "../../src/plan/fields/recorded-manifest.ts";
import type { PlanInput } from "../../src/plan/input/plan-input.ts";
import { listDeliveredLabels } from "../../src/reconcile/read-delivered.ts";
import { buildLive, buildRows, type LiveNote, type PlacesNote } from "./build-live.ts";

/** What the store remembers of one object where that is not simply the object of its name. */
interface OwnedNote extends Partial<Pick<OwnedObject, "physical_name" | "previous_names" | "left_names" | "applied">> {
  readonly prevent_destroy?: boolean;
  readonly on_remove?: "delete" | "orphan";
}

/** `live.yaml`: the live side, what is remembered, the options, and the work in flight. */
interface CaseNote extends LiveNote {
  /** Present: there is a store. `all`: everything live but what the server made itself; else by address. */
  readonly owned?: "all" | Readonly<Record<Address, OwnedNote | null>>;
  /** Physical names of registrations that an interrupted run sent, by address. */
  readonly pending?: Readonly<Record<Address, string>>;
  readonly narrowed?: readonly string[];
  /** Clusters that a rollout drained which is not finished. */
  readonly drained?: readonly Address[];
  /** Clusters that it took out of a pool, with that pool. */
  readonly moved?: Readonly<Record<Address, string>>;
  readonly released?: Readonly<Record<string, readonly string[]>>;
  /** Rows that an interrupted delete took along, as in `rows`. */
  readonly displaced?: PlacesNote["rows"];
  /** Names of FlyteClusters objects whose files were delivered as their manifests render them, but for those in `delivered`. */
  readonly rendered?: readonly string[];
  readonly options?: Partial<PlanOptions>;
  /** How much may be disrupted where that is not what the case is about: few objects are much of so few. */
  readonly max_destroy_share?: number;
  /** Runs, actions and depth by queue; a queue that is not named has none, `unknown` tells nothing. */
  readonly in_flight?: Readonly<Record<string, readonly [number, number, number] | "unknown">>;
}

/** Manifests as they were applied last, beside `live.yaml`; where there are none, they were applied as they are. */
const APPLIED = "applied.yaml";

const KEYS = [
  "generation",
  "pools",
  "clusters",
  "queues",
  "owned",
  "pending",
  "narrowed",
  "drained",
  "moved",
  "released",
  "displaced",
  "options",
  "max_destroy_share",
  "in_flight",
  "systems",
  "settings",
  "unreadable_scopes",
  "scope_list",
  "rows",
  "projects",
  "delivered",
  "rendered",
];

/** One situation: what a plan is made from, and the work in flight by queue (null: not told). */
export interface Case {
  readonly input: PlanInput;
  readonly inFlight: (queue: string) => InFlight | null;
}

/** Reads a case folder. Throws where its manifests are wrong or `live.yaml` says what nobody reads. */
export function readCase(folder: string): Case {
  const note = load(readFileSync(join(folder, "live.yaml"), "utf8")) as CaseNote;
  for (const key of Object.keys(note)) if (!KEYS.includes(key)) throw new Error(`live.yaml: unknown key ${key}`);
  const desired = readDesired(folder);
  const live = buildLive({ ...note, ...addRendered(note, desired) });
  const input: PlanInput = {
    desired,
    live,
    owned: readOwned(note, live, existsSync(join(folder, APPLIED)) ? readManifests(folder, [APPLIED]) : desired),
    pending: Object.entries(note.pending ?? {}).map(([address, name]) => ({
      address: address as Address,
      physical_name: name,
    })),
    narrowed: note.narrowed ?? [],
    written: (note.drained ?? []).map((address) => ({
      ...{ address, kind: "cluster", op: "drain", phase: null, set: { state: "drained" }, on_the_way: true },
      physical_name: address.slice("cluster.".length),
      has_arrived: true,
    })),
    taken: Object.entries(note.moved ?? {}).map(([address, from]) => {
      const cluster = address.slice("cluster.".length);
      const to = live.clusters.find(({ name }) => name === cluster)?.pool ?? null;
      return { address: address as Address, cluster, from, to };
    }),
    displaced: buildRows(note.displaced ?? {}),
    settle: [],
    foreign: [],
    released: new Map(Object.entries(note.released ?? {})),
    ownership: note.owned === undefined ? "manifest" : "store",
    options: {
      prune: note.owned === undefined ? "none" : "owned",
      on_pool_change: "auto",
      target: [],
      exclude: [],
      replace: [],
      allow: [],
      store: null,
      ...note.options,
    },
    revision: null,
    ...(note.max_destroy_share === undefined ? {} : { max_destroy_share: note.max_destroy_share }),
    delivered_labels: listDeliveredLabels(live),
  };
  return { input, inFlight: (queue) => readInFlight(note, queue) };
}

/** The manifests of `desired.yaml`, or of all files below `desired/`. */
function readDesired(folder: string): Desired {
  const single = existsSync(join(folder, "desired.yaml"));
  return readManifests(folder, single ? ["desired.yaml"] : globSync("desired/**/*.yaml", { cwd: folder }).sort());
}

function readManifests(folder: string, paths: readonly string[]): Desired {
  const parsed = parseManifests(
    paths.map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") })),
    { org: "acme" },
  );
  const { desired, diagnostics } = resolveDesired(parsed.manifests, parsed.claims);
  const found = [...parsed.diagnostics, ...diagnostics];
  if (hasErrors(found))
    throw new Error(found.map(({ file, line, summary }) => `${file}:${line}: ${summary}`).join("\n"));
  return dropReferences(desired);
}

function addRendered({ delivered, rendered }: CaseNote, { flyte_clusters }: Desired): Pick<LiveNote, "delivered"> {
  const objects = flyte_clusters.filter(({ name }) => rendered?.includes(name));
  if (objects.length === 0) return delivered === undefined ? {} : { delivered };
  const texts = objects.map(({ name, files }) => {
    const asRendered = Object.fromEntries(files.map(({ path, text }) => [path, text]));
    return [name, { ...asRendered, ...delivered?.[name] }] as const;
  });
  return { delivered: { ...delivered, ...Object.fromEntries(texts) } };
}

function readOwned({ owned }: CaseNote, live: LiveState, applied: Desired): readonly OwnedObject[] {
  if (owned === undefined) return [];
  if (owned !== "all") {
    const { pools, clusters, queues } = applied;
    const manifests = new Map(
      [...pools, ...clusters, ...queues, ...listPlaced(applied)].map((object) => [
        object.address,
        recordManifest(object),
      ]),
    );
    return Object.entries(owned).map(([name, note]) => {
      const address = name as Address;
      return remember(address, note ?? {}, manifests.get(address) ?? null);
    });
  }
  const made = new Set(["cluster_pool.default", "queue.default", ...live.clusters.map(({ name }) => `queue.${name}`)]);
  return [...live.pools, ...live.clusters, ...live.queues]
    .map(({ kind, name }): Address => `${kind}.${name}`)
    .filter((address) => !made.has(address))
    .map((address) => remember(address, {}, null));
}

function remember(address: Address, note: OwnedNote, manifest: OwnedObject["manifest"]): OwnedObject {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`live.yaml: ${address} is no address`);
  const { prevent_destroy = false, on_remove = "delete", ...rest } = note;
  return {
    address,
    ...parsed,
    physical_name: parsed.name,
    previous_names: [],
    applied: null,
    manifest: note.applied === undefined ? null : manifest,
    revision: null,
    updated_at: "2026-11-02T09:00:00.000Z",
    ...rest,
    lifecycle: { prevent_destroy, on_remove },
  };
}

function readInFlight({ in_flight }: CaseNote, queue: string): InFlight | null {
  const figures = in_flight?.[queue] ?? [0, 0, 0];
  if (figures === "unknown") return null;
  const [runs_in_flight, actions_in_flight, current_depth] = figures;
  return { runs_in_flight, actions_in_flight, current_depth };
}
