import { expect } from "vitest";
import type { Fault } from "../../src/embedded/faults/inject-faults.ts";

/** Which calls to hold; `count` says how many, 1 unless it is given. */
export interface HeldFault extends Omit<Fault, "hold" | "hold_answer"> {
  /** True: the call takes effect at once, and only its answer waits. */
  readonly answer?: boolean;
}

/** Calls to the embedded control plane that wait until the test lets them go on. */
export interface HeldCalls {
  /** Waits until at least so many of them wait; default 1. */
  readonly arrived: (count?: number) => Promise<void>;
  /** How many wait now. */
  readonly count: () => Promise<number>;
  /** Lets them go on; from then on none is held. */
  readonly release: () => Promise<void>;
}

/** Each hold has a name of its own. */
let holds = 0;

/** Holds calls by the admin interface. */
export async function holdCalls(adminUrl: string | null, { answer = false, ...fault }: HeldFault): Promise<HeldCalls> {
  const hold = `hold-${holds++}`;
  const post = async (path: string, body: object) => {
    const response = await fetch(`${adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  const count = async () => {
    const response = await fetch(`${adminUrl}/faults`);
    const { held } = JSON.parse(await response.text());
    return Number(held[hold] ?? 0);
  };
  await post("/faults", { ...fault, [answer ? "hold_answer" : "hold"]: hold });
  return {
    count,
    arrived: async (least = 1) => {
      await expect.poll(count, { message: `calls of ${fault.method} that are held` }).toBeGreaterThanOrEqual(least);
    },
    release: () => post("/release", { hold }),
  };
}
