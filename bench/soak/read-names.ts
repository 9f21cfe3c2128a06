import { type OpenTarget, openTarget } from "../../src/reconcile/target.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { resolveConnection } from "../../src/systems/control-plane/resolve-connection.ts";
import { openSink } from "../../src/systems/delivery/open-sink.ts";
import { resolveFlyteadminConnection } from "../../src/systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { ORG, type Stage } from "./stage.ts";

/** Opens the target as the daemon's configuration names it. */
export function openStageTarget({ controlPlane, delivered }: Stage): OpenTarget {
  const union = resolveConnection({
    flags: { endpoint: controlPlane.url, org: ORG },
    env: {},
    homeDir: "/nonexistent",
  });
  const flyteadmin = resolveFlyteadminConnection({ flags: { flyteadminEndpoint: controlPlane.url }, env: {} });
  return openTarget({ union, flyteadmin, delivery: openSink(delivered, "/nonexistent") });
}

/** Address to the name on the control plane of everything that the store has on record as owned. */
export async function readNames(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const target = openStageTarget(stage);
  const database = await openDatabase(stage.store);
  try {
    const owned = await database.storeOf(target.ledger).readOwned();
    return new Map(owned.map(({ address, physical_name }) => [address, physical_name]));
  } finally {
    await database.close();
    await target.close();
  }
}
