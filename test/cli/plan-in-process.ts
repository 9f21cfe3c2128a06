import { join } from "node:path";
import { applyPlan } from "../../src/apply/apply-plan.ts";
import { systemClock } from "../../src/apply/clock.ts";
import { readPlanOptions } from "../../src/cli/options/plan-options.ts";
import { formatSavedPlan } from "../../src/cli/saved-plan/format-plan.ts";
import type { PlanInputs } from "../../src/cli/saved-plan/saved-plan.ts";
import { dropReferences } from "../../src/manifests/drop-references.ts";
import { loadDesired } from "../../src/manifests/load-desired.ts";
import type { JsonObject } from "../../src/model/json/json.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { planLive } from "../../src/reconcile/make-plan.ts";
import { openMemory } from "../../src/reconcile/open-memory.ts";
import { openControlPlane } from "../../src/systems/control-plane/open-control-plane.ts";
import { resolveConnection } from "../../src/systems/control-plane/resolve-connection.ts";
import { OPEN_FENCE } from "../set-up/open-fence.ts";
import { findLease } from "../store/writable.ts";
import type { Desk } from "./run-program.ts";

type Where = Pick<Desk, "folder" | "repository" | "env">;

/**
 * What `plan` and `apply --auto-approve` do, without a process of its own: for what comes before and after the run that a test
 * is about. `store` is a folder below the desk's.
 */
export async function planInProcess(desk: Where, options: InProcessOptions = {}): Promise<Plan> {
  return (await makeInProcess(desk, options)).plan;
}

/** The text of the file that `plan --out` saves, without a process of its own. */
export async function saveInProcess(desk: Where, options: Omit<InProcessOptions, "apply"> = {}): Promise<string> {
  const { plan, inputs } = await makeInProcess(desk, options);
  return formatSavedPlan(plan, inputs, null);
}

/** Nothing that tests plan so is sensitive. */
const UNSEALED = { sensitive: [], sealing_key: null, encrypted: null };

interface InProcessOptions {
  readonly store?: string;
  readonly apply?: boolean;
  readonly allow?: readonly string[];
}

async function makeInProcess(
  desk: Where,
  options: InProcessOptions,
): Promise<{ readonly plan: Plan; readonly inputs: PlanInputs }> {
  const connection = resolveConnection({ flags: {}, env: desk.env, homeDir: desk.folder });
  const { reader, writerUnder, close } = openControlPlane(connection);
  const store = options.store === undefined ? undefined : join(desk.folder, options.store);
  const others = { flyteadmin: null, delivery: null };
  const memory = await openMemory(
    store,
    { endpoint: reader.endpoint, org: reader.org, ...others },
    { env: desk.env, say: () => {} },
  );
  try {
    const { desired: declared, manifests } = await loadDesired(desk.repository, { org: reader.org });
    const desired = dropReferences(declared);
    const shape = readPlanOptions({ store, prune: store === undefined ? "none" : "owned", allow: options.allow });
    const { plan, read } = await planLive({
      desired,
      readers: { union: reader, ...others },
      scopes: [],
      memory,
      options: shape,
      revision: null,
    });
    const kept = manifests.map(({ source, body }) => ({ ...source, body: body as unknown as JsonObject }));
    const made = { plan, inputs: { manifests: kept, scopes: [], read, ...UNSEALED } };
    if (options.apply !== true) return made;
    if (!plan.applyable) throw new Error(JSON.stringify(plan.checks));
    const opened = await memory.openForWriting();
    const lease = await findLease(opened);
    const ledger = opened.under(lease);
    const run = {
      write_ms: 0,
      wait_ms: 0,
      parallelism: 8,
      signal: new AbortController().signal,
      onEvent: () => {},
      run_id: "set-up",
      cause: null,
    };
    const report = await applyPlan(
      plan,
      { reader, writer: writerUnder(OPEN_FENCE), ...others, ledger, clock: systemClock },
      run,
    );
    if (report.status !== "applied") throw new Error(JSON.stringify(report.steps));
    await memory.finish(plan, lease);
    return made;
  } finally {
    await memory.close();
    await close();
  }
}
