import { hostname, userInfo } from "node:os";
import type { Cause } from "../model/change-log.ts";
import type { Plan } from "../model/plan.ts";
import type { Sealing } from "../model/sealing.ts";
import type { Store } from "../store/open-store.ts";
import type { Memory } from "./open-memory.ts";

/** Why a command writes: a user ran it. Null without a store, since a crash journal keeps no log. */
export async function describeCause(
  { digest, options: { allow } }: Plan,
  { ownership }: Pick<Memory, "ownership">,
  store: Pick<Store, "noteSealing">,
  sealing: Sealing,
): Promise<Cause | null> {
  if (ownership !== "store") return null;
  const sealed_by = await store.noteSealing(sealing);
  const overrides = [...new Set(allow.map((one) => (typeof one === "string" ? one : one.check)))].sort();
  const by = nameUser();
  return {
    ...{ target: null, via: "cli", digest, sealed_by },
    decide: () => ({ decided_by: "command", by, approval: null, overrides }),
  };
}

/** As the machine knows them: `USER@HOST`. */
function nameUser(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container may run as a user that has no name.
    return `${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}
