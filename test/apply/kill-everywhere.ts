import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serialize } from "node:v8";
import { listRecords } from "../../src/embedded/state/create-state.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { writable } from "../store/writable.ts";
import { forkWorld } from "./fork-world.ts";
import type { ServedWorld } from "./serve-world.ts";
import { wrapCalls } from "./wrap-calls.ts";

/** What a kill leaves, and where it was. */
export interface KilledWorld {
  readonly world: ServedWorld;
  /** `before call 3`, `after call 3`. */
  readonly when: string;
}

/** How the run goes that is killed; what is left out is as said. */
export interface KilledRun {
  /** Default 1: one write after another. */
  readonly parallelism?: number;
  /** True: of the writes to the control plane alone. Default false: of those to the ledger too. */
  readonly onlyWrites?: boolean;
}

/**
 * What a process leaves that is killed at any call that writes, before or after its effect, in order. Nothing that it was about to do happens any
 * more, so that each is a copy of control plane and store at that moment, of one run that goes on. Kills that leave the same are one of them: what
 * follows from them is the same. The world itself is as it was.
 */
export async function killEverywhere(
  origin: ServedWorld,
  plan: Plan,
  { parallelism = 1, onlyWrites = false }: KilledRun = {},
): Promise<readonly KilledWorld[]> {
  const world = forkWorld(origin);
  const killed: KilledWorld[] = [];
  let [calls, last] = [0, ""];
  const keep = (when: string) => {
    const left = digest(world);
    if (left !== last) killed.push({ world: forkWorld(world), when });
    last = left;
  };
  const around = async (call: () => Promise<unknown>) => {
    calls += 1;
    const number = calls;
    keep(`before call ${number}`);
    try {
      return await call();
    } finally {
      keep(`after call ${number}`);
    }
  };
  const memory = await world.openMemory();
  const ledger = await writable(await memory.openForWriting());
  try {
    await world.apply(plan, {
      writer: wrapCalls(world.writer, around),
      ledger: onlyWrites ? ledger : wrapCalls(ledger, around),
      parallelism,
    });
    return killed;
  } finally {
    await memory.close();
  }
}

/** Of all that a copy of the world takes over. */
function digest({ model, clock, folder }: ServedWorld): string {
  const hash = createHash("sha256").update(serialize([clock.now(), listRecords(model.state)]));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // SQLite's index of its log: each process makes its own.
    if (!entry.isFile() || entry.name.endsWith("-shm")) continue;
    const path = join(entry.parentPath, entry.name);
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}
