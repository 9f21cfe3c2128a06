import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Change } from "../../../src/model/plan/plan.ts";
import { readBegun } from "../../../src/reconcile/pass/read-begun.ts";
import { openDatabase } from "../../../src/store/open-store.ts";
import { makeState } from "../../daemon/notify/make-state.ts";
import { ACME } from "../../store/acme.ts";
import { makeKeptPlan } from "../../store/make-kept-plan.ts";

const DIGEST = "d".repeat(64);
const QUEUE = { cluster_pool: "pa", clusters: ["c1"], depth: 1 };

function makeQueueChange(action: Change["action"], before: Change["before"], after: Change["after"]): Change {
  return {
    ...{ address: "queue.new", physical_name: "new", previous_physical_name: null, action, before, after },
    ...{ replace_paths: [], action_reason: "differs", origin: "commit" },
  };
}

/** What a later revision continues of a rollout that had begun this change. */
async function findContinued(begun: Change, later: Change): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-begun-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { records, storeOf, close } = await openDatabase(folder);
  onTestFinished(close);
  const kept = makeKeptPlan({ digest: DIGEST });
  await records.keepPlan({ ...kept, plan: { ...kept.plan, changes: [begun] } });
  const tools = {
    records,
    store: storeOf(ACME),
    config: { name: "prod" } as Parameters<typeof readBegun>[0]["config"],
  };
  const state = {
    ...makeState("Paused", { kind: "synced" }),
    begun: { revision: "first", objects: ["queue.new"], run: null, digest: DIGEST },
  };
  return [...(await readBegun(tools, state, { revision: "second", plan: { changes: [later] } }))];
}

test.each<readonly [string, Change, Change, readonly string[]]>([
  ["the same", makeQueueChange("create", null, QUEUE), makeQueueChange("create", null, QUEUE), ["queue.new"]],
  [
    "of other values",
    makeQueueChange("create", null, QUEUE),
    makeQueueChange("create", null, { ...QUEUE, depth: 99 }),
    [],
  ],
  [
    "an update of the same field",
    makeQueueChange("update", QUEUE, { ...QUEUE, depth: 2 }),
    makeQueueChange("update", { ...QUEUE, clusters: ["c2"] }, { ...QUEUE, clusters: ["c2"], depth: 2 }),
    ["queue.new"],
  ],
  [
    "an update of another value",
    makeQueueChange("update", QUEUE, { ...QUEUE, depth: 2 }),
    makeQueueChange("update", QUEUE, { ...QUEUE, depth: 3 }),
    [],
  ],
])("a begun change is continued by a later revision only where it is %s", async (_what, begun, later, continued) => {
  expect(await findContinued(begun, later)).toEqual(continued);
});
