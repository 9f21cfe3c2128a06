import { isAttributesKind, type Kind } from "../kinds/registry.ts";
import { type Address, parseAddress } from "../model/address.ts";
import type {
  ControlPlaneName,
  DeletedObject,
  LedgerReader,
  ObjectElsewhere,
  OpenIntent,
  OwnedObject,
  OwnWrite,
  ReleasedObject,
  RoutingWrite,
  TakenCluster,
  TurnedSettings,
} from "../model/ledger/ledger.ts";
import type { Refusal } from "../model/ledger/refusal.ts";
import { type AttributesRow, parseAttributesScope, readField } from "../model/objects/attributes.ts";
import type { SettingValues } from "../model/objects/settings.ts";
import type { OwnNames } from "../model/secrets/sealing.ts";
import type { RestoredDrain } from "../plan/input/plan-input.ts";
import type { Introduced } from "./journal-step.ts";

/** What a store or a crash journal has recorded of earlier runs. */
export interface Recalled {
  readonly ownership: "store" | "manifest";
  /** Empty without a store. */
  readonly owned: readonly OwnedObject[];
  /** Objects that were released and stay as they are. */
  readonly released: readonly ReleasedObject[];
  /** Values that applied manifests have marked sensitive. */
  readonly sensitive: OwnNames;
  readonly unfinished: readonly Unfinished[];
  /** The writes of rollouts that are not finished, oldest first. */
  readonly written: readonly OwnWrite[];
  /** The clusters that these rollouts have taken out of pools. */
  readonly taken: readonly TakenCluster[];
  /** The settings that these rollouts have made to name another queue; left out: none. */
  readonly turned?: readonly TurnedSettings[];
  /** What these rollouts have written to what routing depends on; left out: nothing is known of it. */
  readonly routing_writes?: readonly RoutingWrite[];
  /** Changes that the control plane has refused permanently and that are not retried automatically. */
  readonly refused: readonly Refusal[];
  /** What was deleted and must not be live. Empty without a store. */
  readonly deleted: readonly DeletedObject[];
  /** Objects left at a flyteadmin or a place of delivery that the target had before. */
  readonly elsewhere: readonly ObjectElsewhere[];
}

/** What an interrupted run may have left of one change. */
export interface Unfinished {
  readonly address: Address;
  /** Names under which it was registered, or which are to be replaced. */
  readonly names: readonly string[];
  /** The `*` queue that is written out for it; null: none. */
  readonly narrowed: string | null;
  /** A queue that released clusters and may still have work there: it is waited for, and not written for that. Null: none. */
  readonly released: { readonly queue: string; readonly clusters: readonly string[] } | null;
  /** Rows that its delete took along and that must be put back. */
  readonly displaced: readonly AttributesRow[];
  /** The row that its delete removes, as it was before; null: it is no delete of a row, or one of an earlier release. */
  readonly removes: AttributesRow | null;
  /** Physical names of the objects that the write was sent to, or may have been; none: it was never sent. */
  readonly wrote: readonly string[];
  /** Where it put files, or may have; none: it is not a delivery, or one of an earlier release. */
  readonly files: readonly string[];
  /** What it made of the keys of settings that it set, or may have; none: it is no write of settings, or one of an earlier release. */
  readonly settings: SettingValues;
  /** What it registered or restored; null: nothing known. */
  readonly registered: Registered | null;
  /** What an entry of a restored backup still had to do: no run continues it. Null: a plan continues it. */
  readonly given_up: GivenUp | null;
  /** When it was intended, ISO 8601 in UTC. */
  readonly at: string;
}

/** What an unfinished write from before a restore still had to put back. */
export interface GivenUp {
  /** Rows that its delete took along. */
  readonly rows: readonly AttributesRow[];
  /** The `*` queue that it wrote out, and the selector that it wrote; null: none. */
  readonly queue: { readonly name: string; readonly clusters: readonly string[] } | null;
  /** What it made of the keys of settings that it set, or may have. */
  readonly settings: SettingValues;
  /** What it drained, or restored, on the way to its change; null: nothing. */
  readonly drained: Omit<RestoredDrain, "at"> | null;
}

/** A registration that was sent, or may have been. */
export interface Registered extends Introduced {
  readonly kind: Kind;
  readonly physical_name: string;
}

/** What is known without a store and a crash journal. */
export const NOTHING_RECALLED: Recalled = {
  ...{ ownership: "manifest", owned: [], released: [], sensitive: {} },
  ...{ unfinished: [], written: [], taken: [], refused: [], deleted: [], elsewhere: [] },
};

/**
 * Reads ownership and what interrupted runs left from a store. `former`: control planes that the target had before, as for `readReleased`;
 * `left`: those that no target has now, as for `readElsewhere`. Default: none are known.
 */
export async function recallStore(
  ledger: LedgerReader,
  {
    former = [],
    left = [],
  }: { readonly former?: readonly ControlPlaneName[]; readonly left?: readonly ControlPlaneName[] } = {},
): Promise<Recalled> {
  // The writes are read first: one that is recorded as applied in the meantime still counts as written.
  const written = await ledger.readOwnWrites();
  const taken = await ledger.readTaken();
  const turned = await ledger.readTurned();
  const routing_writes = await ledger.readRoutingWrites();
  const [owned, open] = [await ledger.readOwned(), await ledger.readOpenIntents()];
  const [elsewhere, refused] = [await ledger.readElsewhere(left), await ledger.readRefusals()];
  const [released, sensitive] = [await ledger.readReleased(former), await ledger.readSensitive(former)];
  const deleted = await ledger.readDeleted();
  const unfinished = open.map(describeIntent);
  return {
    ownership: "store",
    owned,
    released,
    sensitive,
    unfinished,
    written,
    taken,
    turned,
    routing_writes,
    refused,
    deleted,
    elsewhere,
  };
}

/**
 * Reads what interrupted runs left from a crash journal: it has no ownership, but registrations under a new name, and what was
 * written on the way, are found again.
 */
export async function recallJournal(ledger: LedgerReader): Promise<Recalled> {
  const written = await ledger.readOwnWrites();
  const taken = await ledger.readTaken();
  const turned = await ledger.readTurned();
  const routing_writes = await ledger.readRoutingWrites();
  const registered = (await ledger.readOwned()).map(({ address, physical_name, previous_names, updated_at }) => ({
    ...NOTHING_LEFT,
    address,
    names: [physical_name, ...previous_names],
    at: updated_at,
  }));
  const open = (await ledger.readOpenIntents()).map(describeIntent);
  const [elsewhere, refused] = [await ledger.readElsewhere(), await ledger.readRefusals()];
  return {
    ownership: "manifest",
    owned: [],
    released: [],
    sensitive: {},
    unfinished: [...open, ...registered],
    written,
    taken,
    turned,
    routing_writes,
    refused,
    deleted: [],
    elsewhere,
  };
}

const NOTHING_LEFT = {
  names: [],
  narrowed: null,
  released: null,
  displaced: [],
  removes: null,
  wrote: [],
  files: [],
  settings: {},
  registered: null,
  given_up: null,
} as const;

/** The rows that a delete took along and that must be put back. */
export function listDisplaced({ op, body, status }: OpenIntent): readonly AttributesRow[] {
  return op === "delete" && status !== "restored" ? readDisplaced(body) : [];
}

function readRemoved({ op, address, physical_name, body }: OpenIntent): AttributesRow | null {
  const { kind } = parseAddress(address) ?? {};
  const { before = null } = body ?? {};
  if (op !== "delete" || before === null || kind === undefined || !isAttributesKind(kind)) return null;
  return { kind, scope: parseAttributesScope(physical_name), launch_plan: null, value: readField(kind, before) };
}

function readDisplaced(body: OpenIntent["body"]): readonly AttributesRow[] {
  return body?.displaced ?? [];
}

/** What the run of an open journal entry may have left. */
export function describeIntent(intent: OpenIntent): Unfinished {
  const { address, phase, op, physical_name, status, body, at } = intent;
  const released = describeReleased(intent);
  const { files = [], settings = {}, previous_names = [], lifecycle, pool = null } = body ?? {};
  if (status === "restored") {
    return { ...NOTHING_LEFT, address, released, wrote: [physical_name], files, given_up: giveUp(intent), at };
  }
  const registers = (op === "create" || op === "undelete" || Object.keys(settings).length > 0) && status !== "intent";
  const { kind } = parseAddress(address) ?? {};
  return {
    address,
    names: registers ? [physical_name, ...previous_names] : [],
    narrowed: phase === "write-out" ? physical_name : null,
    released,
    displaced: listDisplaced(intent),
    removes: readRemoved(intent),
    wrote: status === "intent" ? [] : [physical_name],
    files,
    settings: status === "intent" ? {} : settings,
    registered:
      registers && kind !== undefined
        ? { kind, physical_name, previous_names, pool, ...(lifecycle && { lifecycle }) }
        : null,
    given_up: null,
    at,
  };
}

function describeReleased({ phase, physical_name: queue, body, status }: OpenIntent): Unfinished["released"] {
  switch (phase) {
    case "let-go":
      return { queue, clusters: body?.spec?.clusters ?? [] };
    case "write-out":
      // No run sets it back to `*`: it has released the clusters that `*` gave it.
      return status === "restored" ? { queue, clusters: ["*"] } : null;
    default:
      return null;
  }
}

/** What the entry of a write-out keeps once it was reported for long enough. */
export interface Reported {
  readonly is_told: true;
}

function giveUp({ phase, op, address, physical_name: name, body, wrote }: OpenIntent): GivenUp {
  const clusters = wrote?.set.clusters;
  const isReported = body?.is_told === true;
  const isWrittenOut = phase === "write-out" && Array.isArray(clusters) && !isReported;
  return {
    rows: op === "delete" ? readDisplaced(body) : [],
    settings: body?.settings ?? {},
    queue: isWrittenOut ? { name, clusters: clusters.map(String) } : null,
    drained:
      wrote?.on_the_way === true && wrote.kind !== "cluster_pool"
        ? { kind: wrote.kind, name, address, is_restored: op === "undelete" }
        : null,
  };
}
