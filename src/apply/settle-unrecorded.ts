import { type Address, parseAddress } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger.ts";
import type { LiveState } from "../model/live.ts";
import type { LeftBehind } from "../plan/plan-input.ts";
import type { Recalled, Registered, Unfinished } from "./recall.ts";

/** What interrupted runs wrote to objects that are on record as nobody's and that no manifest names. */
export interface Unrecorded {
  /** Certainly ours: owned from now on, as if the run had recorded it. */
  readonly claimed: readonly OwnedObject[];
  /** Live, and perhaps ours: people have to decide. */
  readonly left: readonly LeftBehind[];
}

/** What an unfinished write is judged by. */
export interface Evidence {
  readonly live: LiveState;
  /** `KIND.NAME` of everything that is live, by the names there. */
  readonly there: ReadonlySet<string>;
  readonly isDeclared: (address: Address) => boolean;
  /** Whether what is owned and has no manifest is pruned: else nothing is claimed. */
  readonly prunes: boolean;
}

/**
 * Settles unfinished writes by what is live. An object is claimed where the journal says that a run of this store registered it, with
 * which life cycle, and it is in the pool that the run put it into. Whatever else such a write was sent to and is live is left behind.
 * What is gone is neither. A crash journal, without a store, remembers too little for either.
 */
export function settleUnrecorded({ ownership, owned, unfinished }: Recalled, evidence: Evidence): Unrecorded {
  const { there, isDeclared, prunes } = evidence;
  const recorded = new Set(owned.map(({ address }) => address));
  const names = owned.flatMap(({ kind, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => `${kind}.${name}`),
  );
  const isKnown = (name: string) => names.includes(name) || isDeclared(name as Address);
  const claimed: OwnedObject[] = [];
  const left: LeftBehind[] = [];
  if (ownership !== "store") return { claimed, left };
  for (const [address, entries] of Map.groupBy(unfinished, (entry) => entry.address)) {
    const parsed = parseAddress(address);
    if (parsed === undefined || recorded.has(address) || isDeclared(address)) continue;
    const { kind } = parsed;
    const live = [...new Set(entries.flatMap(({ wrote }) => wrote))].filter(
      (name) => there.has(`${kind}.${name}`) && !isKnown(`${kind}.${name}`),
    );
    const ours = prunes ? live.filter((name) => isPlaced(name, entries, evidence)) : [];
    const [physical_name, ...previous_names] = ours;
    const lifecycle = entries.findLast(({ registered }) => registered !== null)?.registered?.lifecycle;
    const { at } = entries[0] ?? { at: "" };
    if (physical_name !== undefined && lifecycle !== undefined && ours.length === live.length) {
      const unknown = { applied: null, manifest: null, revision: null };
      claimed.push({ address, ...parsed, physical_name, previous_names, lifecycle, ...unknown, updated_at: at });
    } else left.push(...live.map((name) => ({ address, physical_name: name, at })));
  }
  return { claimed, left };
}

/** Whether a registration that a run sent is where it was sent to; a record that was restored may be anywhere. */
function isPlaced(name: string, entries: readonly Unfinished[], { live }: Evidence): boolean {
  const sent = entries
    .map(({ registered }) => registered)
    .filter((one): one is Registered => one !== null && one.physical_name === name && one.lifecycle !== undefined);
  const cluster = live.clusters.find((one) => one.name === name)?.pool;
  const queue = live.queues.find((one) => one.name === name)?.spec.cluster_pool;
  return sent.some(({ kind, pool }) => pool === null || pool === (kind === "queue" ? queue : cluster));
}
