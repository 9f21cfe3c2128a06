import { hostname, userInfo } from "node:os";
import type { Cause } from "../model/ledger/change-log.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { Sealing } from "../model/secrets/sealing.ts";
import type { Store } from "../store/open-store.ts";
import type { Memory } from "./open-memory.ts";

/** What runs outside of the daemon, and the rules by which its plan is sealed. */
export interface Caller {
  readonly via: Exclude<Cause["via"], "daemon">;
  readonly sealing: Sealing;
}

/** Why a command, or a caller of the library, writes: a user ran it. Null without a store, since a crash journal keeps no log. */
export async function describeCaller(
  { digest, options: { allow } }: Plan,
  { ownership }: Pick<Memory, "ownership">,
  store: Pick<Store, "noteSealing">,
  { via, sealing }: Caller,
): Promise<Cause | null> {
  if (ownership !== "store") return null;
  const sealed_by = await store.noteSealing(sealing);
  const overrides = [...new Set(allow.map((one) => (typeof one === "string" ? one : one.check)))].sort();
  const by = nameUser();
  return {
    ...{ target: null, via, digest, sealed_by },
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
