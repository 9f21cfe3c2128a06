import type { Kind } from "../../../src/kinds/registry.ts";
import type { Address } from "../../../src/model/address.ts";
import { parseAddress } from "../../../src/model/address.ts";
import { classifyChanges } from "../../../src/model/plan/classify-changes.ts";
import type { Change, Plan } from "../../../src/model/plan/plan.ts";
import type { Op, Step } from "../../../src/model/plan/step.ts";
import { summariseChanges } from "../../../src/model/plan/summarise-changes.ts";
import { digestEffect } from "../../../src/plan/compare/digest-plan.ts";

/** A change as a plan holds it; what is left out: an update that a commit made. */
export function change(address: Address, rest: Partial<Change> = {}): Change {
  return {
    address,
    physical_name: nameOf(address),
    previous_physical_name: null,
    action: "update",
    before: { depth: 1 },
    after: { depth: 2 },
    replace_paths: [],
    action_reason: "differs",
    origin: "commit",
    ...rest,
  };
}

/** A step of an address on its own object; `after` names steps by address. */
export function step(address: Address, op: Op, rest: Partial<Omit<Step, "kind">> & { kind?: Kind } = {}): Step {
  const kind = parseAddress(address)?.kind ?? "queue";
  return {
    id: `${address}/${op}`,
    address,
    kind,
    physical_name: nameOf(address),
    op,
    set: op === "delete" || op === "drain" || op === "activate" ? null : { depth: 2 },
    phase: null,
    after: [],
    until: op === "await" ? "drained" : null,
    timeout_ms: null,
    ...rest,
  } as Step;
}

const TARGET: Plan["target"] = { endpoint: "https://flyte.example.com", org: "acme", generation: "2026-11" };

/** A whole plan around changes and steps. */
export function planOf(rest: Partial<Plan> = {}): Plan {
  const { changes = [], steps = [], routing = [], target = TARGET } = rest;
  return {
    format_version: "3.0",
    target,
    revision: "c0ffee",
    options: { prune: "owned", on_pool_change: "auto", target: [], exclude: [], replace: [], allow: [], store: null },
    changes,
    steps,
    effects: classifyChanges({ changes, steps }),
    notices: [],
    routing,
    summary: summariseChanges(changes, steps),
    unmanaged: [],
    ownership: { claim: [], release: [], settle: [] },
    reads: [],
    digest: digestEffect({ target, changes, steps, routing }, []),
    live_digest: "0",
    checks: [],
    impact: [],
    applyable: true,
    ...rest,
  };
}

function nameOf(address: Address): string {
  return address.slice(address.indexOf(".") + 1);
}
