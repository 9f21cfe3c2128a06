import type { Ledger, OpenIntent } from "../model/ledger.ts";
import type { LiveQueue } from "../model/live.ts";
import { phaseOf } from "../model/plan.ts";
import type { PlanInput } from "../plan/plan-input.ts";
import type { Displaced, Replaced } from "./journal-step.ts";

/** What a plan has to know of earlier runs. */
export type Recalled = Pick<PlanInput, "ownership" | "owned" | "pending" | "narrowed" | "released" | "displaced">;

/** What is known where nothing is remembered. */
export const NOTHING_RECALLED: Recalled = {
  ownership: "manifest",
  owned: [],
  pending: [],
  narrowed: [],
  released: new Map(),
  displaced: [],
};

/** Reads ownership and what interrupted runs left from a store. */
export async function recallStore(ledger: Ledger): Promise<Recalled> {
  return { ownership: "store", owned: await ledger.readOwned(), ...sortIntents(await ledger.readOpenIntents()) };
}

/**
 * Reads what interrupted runs left from a crash journal: it gives no ownership, but whatever was registered under a new name
 * is found again.
 */
export async function recallJournal(ledger: Ledger): Promise<Recalled> {
  const { pending, ...rest } = sortIntents(await ledger.readOpenIntents());
  const registered = (await ledger.readOwned()).flatMap(({ address, physical_name, previous_names }) =>
    [physical_name, ...previous_names].map((name) => ({ address, physical_name: name })),
  );
  return { ownership: "manifest", owned: [], pending: [...pending, ...registered], ...rest };
}

function sortIntents(open: readonly OpenIntent[]): Pick<Recalled, "pending" | "narrowed" | "released" | "displaced"> {
  const inPhase = (phase: string) => open.filter((intent) => phaseOf(intent.step_id) === phase);
  const released = new Map<string, readonly string[]>();
  for (const { physical_name, body } of inPhase("let-go")) {
    const { spec } = (body ?? {}) as Partial<LiveQueue>;
    released.set(physical_name, [...(released.get(physical_name) ?? []), ...(spec?.clusters ?? [])]);
  }
  return {
    pending: open
      .filter((intent) => (intent.op === "create" || intent.op === "undelete") && intent.status !== "intent")
      .flatMap(({ address, physical_name, body }) => {
        const { previous_names = [] } = (body ?? {}) as Partial<Replaced>;
        return [physical_name, ...previous_names].map((name) => ({ address, physical_name: name }));
      }),
    narrowed: [...new Set(inPhase("write-out").map((intent) => intent.physical_name))],
    released,
    displaced: open
      .filter(({ op }) => op === "delete")
      .flatMap(({ body }) => ((body ?? {}) as Partial<Displaced>).displaced ?? []),
  };
}
