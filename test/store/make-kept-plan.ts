import type { KeptPlan } from "../../src/model/passes/pass.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";

const SUMMARY = { add: 0, change: 0, replace: 0, destroy: 0 };
const OPTIONS: PlanOptions = {
  ...{ prune: "owned", on_pool_change: "auto", store: null },
  ...{ target: [], exclude: [], replace: [], allow: [] },
};

/** A plan that changes nothing, under a digest of the caller's; `bytes` makes it about that big. */
export function makeKeptPlan({ digest, bytes = 0 }: { digest: string; bytes?: number }): KeptPlan {
  const name = 'cluster.größer-als-ascii-"quoted"';
  return {
    ...{ target: "prod", digest, revision: "abc", made_at: "2026-11-01T12:00:00.000Z" },
    plan: {
      ...{
        format_version: "3.0",
        target: { endpoint: "https://acme.example.com", org: "acme", generation: "2026-11" },
      },
      ...{ revision: "abc", options: OPTIONS, changes: [], steps: [], effects: [], notices: [], routing: [] },
      ...{ summary: SUMMARY, unmanaged: Array.from({ length: Math.ceil(bytes / name.length) }, () => name) },
      ...{ ownership: { claim: [], release: [], settle: [] }, reads: [], digest, live_digest: "" },
      ...{ checks: [], impact: [], applyable: true },
    },
  };
}
