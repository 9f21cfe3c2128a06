import { type Address, parseAddress } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { LeftBehind } from "../plan/input/plan-input.ts";
import type { Recalled, Registered, Unfinished } from "./recall.ts";

/** The objects that no record and no manifest names and that interrupted runs wrote to. */
export interface Unrecorded {
  /** Certainly poolkeeper's: owned from now on, as if the run had recorded it. */
  readonly claimed: readonly OwnedObject[];
  /** Live, and possibly poolkeeper's: people have to decide. */
  readonly left: readonly LeftBehind[];
}

/** The evidence by which an unfinished write is judged. */
export interface Evidence {
  readonly live: LiveState;
  /** `KIND.NAME` of every live object, by its physical name. */
  readonly there: ReadonlySet<string>;
  readonly isDeclared: (address: Address) => boolean;
  /** Whether owned objects without a manifest are pruned: otherwise nothing is claimed. */
  readonly prunes: boolean;
}

/**
 * Settles unfinished writes by the live state. An object is claimed where the journal has its registration by a run of this store, with its
 * life cycle, and it is in the pool that the run put it into. Any other live object that such a write was sent to is left behind, also one that was
 * made to replace a registration on record, where no plan deletes it, and one that would be claimed only to be released (`on_remove: orphan`): no one
 * would hear of it. An object that is gone is neither. A crash journal, without a store, records too little for either.
 */
export function settleUnrecorded({ ownership, owned, unfinished }: Recalled, evidence: Evidence): Unrecorded {
  const { there, isDeclared, prunes } = evidence;
  const recordOf = new Map(owned.map((record) => [record.address, record]));
  const names = owned.flatMap(({ kind, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => `${kind}.${name}`),
  );
  const isKnown = (name: string) => names.includes(name) || isDeclared(name as Address);
  const claimed: OwnedObject[] = [];
  const left: LeftBehind[] = [];
  if (ownership !== "store") return { claimed, left };
  for (const [address, entries] of Map.groupBy(unfinished, (entry) => entry.address)) {
    const parsed = parseAddress(address);
    if (parsed === undefined) continue;
    const { kind } = parsed;
    const record = recordOf.get(address);
    // A manifest that names a registration decides on it; one of settings decides only on the keys that it names.
    const [isNamed, isSettings] = [isDeclared(address), kind === "settings"];
    if (isSettings ? record !== undefined : isNamed) continue;
    const registered = entries.findLast((entry) => entry.registered !== null)?.registered ?? null;
    const lifecycle = record?.lifecycle ?? registered?.lifecycle;
    const isReleased = !isNamed && lifecycle?.on_remove === "orphan";
    // With the registration on record, a plan deletes those that were made to replace it.
    if (record !== undefined && prunes && !isReleased) continue;
    const live = [...new Set(entries.flatMap(({ wrote }) => wrote))].filter(
      (name) => there.has(`${kind}.${name}`) && (isSettings || !isKnown(`${kind}.${name}`)),
    );
    const isOurs = record === undefined && (prunes || isNamed) && !isReleased;
    const ours = isOurs ? live.filter((name) => isPlaced(name, entries, evidence)) : [];
    const [physical_name, ...previous_names] = ours;
    const { at } = entries[0] ?? { at: "" };
    if (physical_name !== undefined && lifecycle !== undefined && ours.length === live.length) {
      const unknown = { applied: null, manifest: null, revision: null };
      claimed.push({ address, ...parsed, physical_name, previous_names, lifecycle, ...unknown, updated_at: at });
    } else {
      const fault = record === undefined ? {} : { fault: "replaces" as const };
      left.push(...live.map((name) => ({ address, physical_name: name, at, ...fault })));
    }
  }
  return { claimed, left };
}

/** Whether a registration is in the pool that a run registered it in; a restored record may be in any pool. */
function isPlaced(name: string, entries: readonly Unfinished[], { live }: Evidence): boolean {
  const sent = entries
    .map(({ registered }) => registered)
    .filter((one): one is Registered => one !== null && one.physical_name === name && one.lifecycle !== undefined);
  const cluster = live.clusters.find((one) => one.name === name)?.pool;
  const queue = live.queues.find((one) => one.name === name)?.spec.cluster_pool;
  return sent.some(({ kind, pool }) => pool === null || pool === (kind === "queue" ? queue : cluster));
}
