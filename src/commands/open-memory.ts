import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { LET_GO, WRITE_OUT } from "../apply/journal-step.ts";
import { createEmptyLedger } from "../model/empty-ledger.ts";
import type { Ledger, OwnedObject } from "../model/ledger.ts";
import type { LiveQueue } from "../model/live.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { PendingRegistration } from "../plan/plan-input.ts";
import { openStore } from "../store/open-store.ts";

/** What a command remembers between runs, and how far that counts. */
export interface Memory {
  readonly ownership: "store" | "manifest";
  readonly owned: readonly OwnedObject[];
  readonly pending: readonly PendingRegistration[];
  readonly narrowed: readonly string[];
  readonly released: ReadonlyMap<string, readonly string[]>;
  /** The ledger to write to. Only an apply that writes asks for it: so a plan leaves nothing behind. */
  openForWriting(): Promise<Ledger>;
  /** After a run that was carried out in full: without a store, nothing is remembered any longer. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** The target whose memory is opened. */
export interface MemoryTarget {
  readonly org: string;
  readonly endpoint: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the store, or without one the crash journal of this machine: a small ledger under `XDG_STATE_HOME` that holds only
 * what an interrupted run left, so that the next one finds the registrations that were made under a new name. It gives no
 * ownership, and is gone after every run that was carried out in full.
 */
export async function openMemory(store: string | undefined, target: MemoryTarget, env: Environment): Promise<Memory> {
  return store === undefined ? openJournal(target, env) : openOwnership(await openStore(store, target));
}

async function openOwnership(ledger: Ledger): Promise<Memory> {
  return {
    ownership: "store",
    owned: await ledger.readOwned(),
    ...(await readInterrupted(ledger)),
    openForWriting: async () => ledger,
    finish: async () => {},
    close: () => ledger.close(),
  };
}

async function openJournal(target: MemoryTarget, env: Environment): Promise<Memory> {
  const dir = journalDir(target, env);
  let ledger: Ledger | null = existsSync(dir) ? await openStore(dir, target) : null;
  const { pending, narrowed, released } = ledger === null ? NOTHING_LEFT : await readInterrupted(ledger);
  const registered = ((await ledger?.readOwned()) ?? []).flatMap(({ address, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => ({ address, physical_name: name })),
  );
  const close = async () => {
    await ledger?.close();
    ledger = null;
  };
  return {
    ownership: "manifest",
    owned: [],
    pending: [...pending, ...registered],
    narrowed,
    released,
    openForWriting: async () => {
      ledger ??= await openPatiently(dir, target);
      return ledger;
    },
    finish: async () => {
      await close();
      rmSync(dir, { recursive: true, force: true });
    },
    close,
  };
}

type Interrupted = Pick<Memory, "pending" | "narrowed" | "released">;

const NOTHING_LEFT: Interrupted = { pending: [], narrowed: [], released: new Map() };

async function readInterrupted(ledger: Ledger): Promise<Interrupted> {
  const open = await ledger.readOpenIntents();
  const narrowed = open.filter((intent) => intent.step_id.endsWith(WRITE_OUT)).map((intent) => intent.physical_name);
  const pending = open
    .filter((intent) => intent.op === "create" && intent.status !== "intent")
    .map(({ address, physical_name }) => ({ address, physical_name }));
  const released = new Map<string, readonly string[]>();
  for (const { step_id, physical_name, body } of open) {
    if (!step_id.endsWith(LET_GO)) continue;
    const { spec } = (body ?? {}) as Partial<LiveQueue>;
    released.set(physical_name, [...(released.get(physical_name) ?? []), ...(spec?.clusters ?? [])]);
  }
  return { pending, narrowed: [...new Set(narrowed)], released };
}

/** A folder for each target, below the place where programs keep their state. */
function journalDir({ org, endpoint }: MemoryTarget, env: Environment): string {
  const state = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const key = createHash("sha256").update(`${org}\0${endpoint}`).digest("hex").slice(0, 16);
  return join(state, "poolkeeper", key);
}

/** A journal that can't be kept is no reason not to work: what it would mend is rare. */
async function openPatiently(dir: string, target: MemoryTarget): Promise<Ledger> {
  try {
    return await openStore(dir, target);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    process.stderr.write(`Note: no crash journal is kept: ${error.message}\n`);
    return createEmptyLedger();
  }
}
