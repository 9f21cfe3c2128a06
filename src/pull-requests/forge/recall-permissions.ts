import type { MonotonicClock } from "../../store/leases/monotonic-clock.ts";
import type { Forge } from "./forge.ts";

/** How long an answer is good enough for what is shown. In milliseconds. */
const RECALLED_MS = 60_000;

/** Asks for the rights of an account once in a minute at most, by the clock. A failure is not remembered, and is thrown. */
export function recallPermissions(
  readPermission: Forge["readPermission"],
  { now }: Pick<MonotonicClock, "now">,
): Forge["readPermission"] {
  const known = new Map<string, { readonly at: number; readonly answer: ReturnType<Forge["readPermission"]> }>();
  return (login) => {
    const at = now();
    for (const [name, answer] of known) if (at - answer.at >= RECALLED_MS) known.delete(name);
    const found = known.get(login) ?? { at, answer: readPermission(login) };
    known.set(login, found);
    found.answer.catch(() => known.delete(login));
    return found.answer;
  };
}
