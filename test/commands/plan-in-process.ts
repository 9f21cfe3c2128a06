import { join } from "node:path";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import { systemClock } from "../../src/apply/clock.ts";
import { openMemory } from "../../src/commands/open-memory.ts";
import { readPlanOptions } from "../../src/commands/plan-options.ts";
import { openControlPlane } from "../../src/control-plane/open-control-plane.ts";
import { resolveConnection } from "../../src/control-plane/resolve-connection.ts";
import { loadDesired } from "../../src/manifest/load-desired.ts";
import type { Plan } from "../../src/model/plan.ts";
import { makePlan } from "../../src/target/make-plan.ts";
import type { Desk } from "./run-program.ts";

type Where = Pick<Desk, "folder" | "repository" | "env">;

/**
 * What `plan` and `apply --auto-approve` do, without a process of its own: for what comes before and after the run that a test
 * is about. `store` is a folder below the desk's.
 */
export async function planInProcess(
  desk: Where,
  options: { readonly store?: string; readonly apply?: boolean; readonly allow?: readonly string[] } = {},
): Promise<Plan> {
  const connection = resolveConnection({ flags: {}, env: desk.env, homeDir: desk.folder });
  const { reader, writer, close } = openControlPlane(connection);
  const store = options.store === undefined ? undefined : join(desk.folder, options.store);
  const memory = await openMemory(store, { endpoint: reader.endpoint, org: reader.org }, desk.env);
  try {
    const others = { flyteadmin: null, delivery: null };
    const { desired } = await loadDesired(desk.repository, { org: reader.org });
    const shape = readPlanOptions({ store, prune: store === undefined ? "none" : "owned", allow: options.allow });
    const plan = await makePlan({
      desired,
      readers: { union: reader, ...others },
      scopes: [],
      memory,
      options: shape,
      revision: null,
    });
    if (options.apply !== true) return plan;
    if (!plan.applyable) throw new Error(JSON.stringify(plan.checks));
    const ledger = await memory.openForWriting();
    const run = {
      wait_ms: 0,
      parallelism: 8,
      signal: new AbortController().signal,
      onEvent: () => {},
      run_id: "set-up",
    };
    const report = await applyPlan(plan, { reader, writer, ...others, ledger, clock: systemClock }, run);
    if (report.status !== "applied") throw new Error(JSON.stringify(report.steps));
    await memory.finish(plan);
    return plan;
  } finally {
    await memory.close();
    await close();
  }
}
