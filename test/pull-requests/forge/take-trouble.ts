import type { Fault, HeldWhich, Which } from "./forge-server.ts";
import { ForgeHold, type HeldForgeCalls } from "./hold-forge-calls.ts";

/** What is to go wrong with a call: a fault, a limit that asks for patience, or that it is held. */
export type Trouble =
  | Fault
  | { readonly kind: "limit"; readonly seconds: number; readonly burst: boolean }
  | { readonly kind: "hold"; readonly hold: ForgeHold };

/** Troubles that wait for their calls, first told first taken. */
export class Troubles {
  #waiting: { readonly trouble: Trouble; readonly call: RegExp; after: number; times: number }[] = [];

  add(trouble: Trouble, { times = 1, after = 0, call = /^/ }: Which = {}): void {
    this.#waiting.push({ trouble, call, after, times });
  }

  /** Holds calls, all that fit unless `times` says how many. */
  hold({ answer = false, times = Number.POSITIVE_INFINITY, ...which }: HeldWhich = {}): HeldForgeCalls {
    const hold = new ForgeHold(answer);
    this.add({ kind: "hold", hold }, { ...which, times });
    return hold;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** What a call (`METHOD /path`) meets, if anything. */
  take(call: string): Trouble | undefined {
    this.#waiting = this.#waiting.filter(({ trouble }) => trouble.kind !== "hold" || !trouble.hold.isReleased());
    const fitting = this.#waiting.filter((entry) => entry.call.test(call));
    const due = fitting.find((entry) => entry.after === 0);
    for (const entry of fitting) if (entry.after > 0) entry.after -= 1;
    if (due === undefined) return undefined;
    due.times -= 1;
    this.#waiting = this.#waiting.filter((entry) => entry.times > 0);
    return due.trouble;
  }
}
