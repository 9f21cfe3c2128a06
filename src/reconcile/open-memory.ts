import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { finishJournal } from "../apply/finish-journal.ts";
import { NOTHING_RECALLED, type Recalled, recallJournal, recallStore } from "../apply/recall.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { LastWrites } from "../model/ledger/ledger.ts";
import type { Plan } from "../model/plan/plan.ts";
import { drawVaultKey } from "../sealing/create-vault.ts";
import { explainOpenFolder } from "../store/database/keep-private.ts";
import { STORE_FILE } from "../store/database/store-schema.ts";
import type { LeaseRecord } from "../store/leases/lease.ts";
import type { LedgerPlaces } from "../store/ledger/ledger-places.ts";
import { type Database, openDatabase, openStore, type Store } from "../store/open-store.ts";
import { createEmptyLedger } from "./empty-ledger.ts";
import { keepPausesAt } from "./keep-pauses.ts";

/** What earlier runs left, read at one moment. */
export interface Remembered extends Recalled {
  /** The target's last lease at that moment; null: there was none. */
  readonly lease: LeaseRecord | null;
  /** What the store wrote, and when; empty without a store. */
  readonly lastWrites: LastWrites;
}

/** What a command, or a caller of the library, remembers between runs, and how far that counts: as it was when it was opened. */
export interface Memory extends Remembered {
  /** The key of sealed values: that of the store, or without one drawn for this run. */
  readonly vaultKey: Uint8Array;
  /** Reads it again: another run may have written in between. */
  recall(): Promise<Remembered>;
  /** The store to write to. Only an apply that writes asks for it: so a plan leaves nothing behind. */
  openForWriting(): Promise<Store>;
  /** Lets what daemons on the store have paused stay paused under another name; to be called before the former ones are forgotten. */
  keepPauses(): Promise<void>;
  /** After a plan that was applied in full, under the lease: without a store, its records are removed. */
  finish(plan: Plan, lease: Pick<LeaseRecord, "id">): Promise<void>;
  close(): Promise<void>;
}

/** What the store is opened with. */
export interface MemoryTools {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/**
 * Opens the store, or without one the crash journal of this machine: a small store under `XDG_STATE_HOME` that holds only what an
 * interrupted run left, so that the next one finds the registrations that were made under a new name, and what was drained on the way. It gives no ownership, and is cleared
 * after every run that was applied in full. `say` shows the user a line.
 */
export async function openMemory(
  store: string | undefined,
  target: LedgerPlaces,
  { env, say }: MemoryTools,
): Promise<Memory> {
  if (store === undefined) return openJournal(target, { env, say });
  const warn = (warning: string) => say(`Warning: ${warning}`);
  const database = await openDatabase(store, { warn });
  const exposed = explainOpenFolder(store);
  if (exposed !== null) warn(exposed);
  return openOwnership(database, target);
}

/** What is remembered of a target in a store that is open; its `close` closes the store. */
export async function openOwnership(database: Database, target: LedgerPlaces): Promise<Memory> {
  const store = database.storeOf(target);
  // The lease is read first: when the next one is ours, nothing of what is read after it was written since.
  const recall = async () => ({
    lease: await store.leases.read(),
    lastWrites: await store.readLastWrites(),
    ...(await recallStore(store)),
  });
  return {
    ...(await recall()),
    vaultKey: await store.vaultKey(),
    recall,
    openForWriting: async () => store,
    keepPauses: () => keepPausesAt(database.records, target, store.readOwned),
    finish: async () => {},
    close: () => database.close(),
  };
}

async function openJournal(target: LedgerPlaces, { env, say }: MemoryTools): Promise<Memory> {
  const dir = journalDir(env);
  let store: Store | null = existsSync(join(dir, STORE_FILE)) ? await openStore(dir, target) : null;
  const recall = async () =>
    store === null
      ? NOTHING_REMEMBERED
      : { ...NOTHING_REMEMBERED, lease: await store.leases.read(), ...(await recallJournal(store)) };
  return {
    ...(await recall()),
    vaultKey: drawVaultKey(),
    recall,
    openForWriting: async () => {
      store ??= await openPatiently(dir, target, say);
      return store;
    },
    // No daemon has it.
    keepPauses: async () => {},
    finish: async (plan, lease) => {
      if (store !== null && (await finishJournal(store.under(lease), plan))) await store.clear();
    },
    close: async () => store?.close(),
  };
}

const NOTHING_REMEMBERED: Remembered = { ...NOTHING_RECALLED, lease: null, lastWrites: {} };

/**
 * The place where programs keep their state. One journal serves all targets and is never removed: a file that one process removes while
 * another opens it would lock nothing.
 */
function journalDir(env: MemoryTools["env"]): string {
  const state = env.XDG_STATE_HOME ?? "";
  // A path that is not absolute is to be ignored, by the rule of the XDG base directories.
  return join(isAbsolute(state) ? state : join(homedir(), ".local", "state"), "poolkeeper");
}

/** A journal that can't be kept does not stop the command: what it would recover is rare. */
async function openPatiently(dir: string, target: LedgerPlaces, say: MemoryTools["say"]): Promise<Store> {
  try {
    return await openStore(dir, target);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    say(`Note: there is no crash journal, and no lease prevents a concurrent apply: ${error.message}`);
    return UNKEPT;
  }
}

/** What is kept where nothing can be. */
const UNKEPT: Store = {
  ...createEmptyLedger(),
  clear: async () => {},
  vaultKey: async () => drawVaultKey(),
  sealLedger: async () => {},
  rememberSensitive: async () => {},
  noteSealing: async () => "",
  readChanges: async () => [],
  readBegunWrites: async () => [],
  readRuns: async () => [],
  under: createEmptyLedger,
  settleRevisions: async () => {},
  settleChanges: async () => {},
  leases: {
    read: async () => null,
    acquire: async ({ holder }) => ({
      acquired: true,
      record: {
        ...holder,
        fencing_number: 1,
        acquired_at: new Date().toISOString(),
        expires_at: "",
        free_at: "",
        released: false,
      },
    }),
    renew: async () => true,
    release: async () => {},
  },
};
