import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import type { JournalEntry, Ledger, OwnedObject } from "../../src/model/ledger/ledger.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { writable } from "./writable.ts";

/** Runs a program to its end. */
export const run = promisify(execFile);

/** An owned cluster. */
export const OWNED: OwnedObject = {
  address: "cluster.gpu-1",
  kind: "cluster",
  name: "gpu-1",
  physical_name: "gpu-1-research",
  previous_names: ["gpu-1-batch", "gpu-1"],
  lifecycle: { prevent_destroy: true, on_remove: "orphan" },
  applied: { pool: "research", data_plane: null, note: "größer als ASCII" },
  manifest: { format: 1, pool: "research" },
  revision: "c0ffee",
  updated_at: "2026-11-01T12:00:00.000Z",
};

/** A write that was written down. */
export const INTENT: JournalEntry = {
  run_id: "run-1",
  step_id: "queue.batch/delete",
  address: "queue.batch",
  physical_name: "batch",
  op: "delete-queue",
  phase: null,
  body: { name: "batch", clusters: ["*"] },
  wrote: { kind: "queue", set: { clusters: ["c1"] } },
  at: "2026-11-01T12:00:00.000Z",
};

/** What differs from the usual target. */
export interface Opening {
  readonly org?: string;
  readonly endpoint?: string;
  readonly flyteadmin?: string;
  readonly delivery?: string;
}

/** Opens a ledger that is closed when the test ends. */
export async function open(location: string, opening: Opening = {}): Promise<Store & Ledger> {
  const target = { ...ACME, ...opening };
  const ledger = await writable(await openStore(location, target));
  onTestFinished(() => ledger.close());
  return ledger;
}
