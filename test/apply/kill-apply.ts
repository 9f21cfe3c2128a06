import type { Plan } from "../../src/model/plan/plan.ts";
import { writable } from "../store/writable.ts";
import type { ServedWorld } from "./serve-world.ts";
import { wrapCalls } from "./wrap-calls.ts";

/** The process is gone: nothing that it was about to do happens any more. */
class Killed extends Error {}

/** Which call a process is killed at, of those that write to the control plane or to the ledger, and on which side of its effect. */
export interface Kill {
  readonly at: number;
  readonly when: "before" | "after";
  /** True: of the writes to the control plane alone. Default false. */
  readonly onlyWrites?: boolean;
}

/** Applies a plan, one write after another, and kills it. False: it ended before. */
export async function killApply(
  world: ServedWorld,
  plan: Plan,
  { at, when, onlyWrites = false }: Kill,
): Promise<boolean> {
  let [calls, isDead] = [0, false];
  const counting = (weight: number) => async (call: () => Promise<unknown>) => {
    if (isDead) throw new Killed();
    calls += weight;
    if (weight === 0) return call();
    if (calls !== at) return call();
    if (when === "after") await call().catch(() => undefined);
    isDead = true;
    throw new Killed();
  };
  const memory = await world.openMemory();
  const ledger = wrapCalls(await writable(await memory.openForWriting()), counting(onlyWrites ? 0 : 1));
  try {
    await world.apply(plan, { writer: wrapCalls(world.writer, counting(1)), ledger, parallelism: 1 });
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  } finally {
    await memory.close();
  }
}
