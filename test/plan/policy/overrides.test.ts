import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { listFailing } from "../../../src/model/plan/is-allowed.ts";
import type { Check, Plan } from "../../../src/model/plan/plan.ts";
import { decideWhatRuns } from "../../../src/plan/policy/decide-what-runs.ts";
import { assertUntil } from "../../set-up/assert-until.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { openWorld, planWorld, type World } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";
import { approve, situationOf } from "./situation-of.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 100),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
/** Everything that a plan can be held up by: nothing of it is let through before someone overrides it. */
const STRICT = { allow: [] };

function listFailed({ checks }: Plan): ReadonlyMap<string, Check> {
  return new Map(checks.filter(({ status }) => status === "fail").map((check) => [check.name, check]));
}

/** Where a check fails, and what else that concerns. */
function listHarm(check: Pick<Check, "failing" | "addresses" | "concerns">): readonly string[] {
  return [...listFailing(check), ...(check.concerns ?? [])];
}

/** Someone else moves clusters about, past the manifests. */
function moveSome({ model }: World, draw: (most: number) => number): void {
  const pools = [...model.state.pool.rows.keys()].sort();
  for (const cluster of [...model.state.cluster.rows.values()]) {
    const pool = pools[draw(pools.length - 1)] ?? cluster.pool;
    if (draw(1) === 1) model.commit([{ table: "cluster", key: cluster.name, record: { ...cluster, pool } }]);
  }
}

describe.each(GENERATIONS)("on generation %s", (generation) => {
  const folder = arbitraryDesired(generation);
  const drawn = fc.record({ past: folder, next: folder, draws: fc.infiniteStream(fc.nat(1_000)) });

  test("nothing is written whose check fails at an address that the approved plan did not show, whatever others change before", async () => {
    let later = 0;
    await assertUntil(
      () => later > 0,
      fc.asyncProperty(drawn, async ({ past, next, draws }) => {
        const stream = draws[Symbol.iterator]();
        const draw = (most: number) => Number(stream.next().value) % (most + 1);
        const world = openWorld(generation);
        const first = await planWorld(world, past);
        fc.pre(first.applyable);
        await carryOut(world, first);
        const approved = await planWorld(world, next, STRICT);
        const shown = listFailed(approved);
        fc.pre(shown.size > 0);
        moveSome(world, draw);
        const plan = await planWorld(world, next, STRICT);
        const approval = approve(approved, { overrides: [...shown.keys()], state: "running" });
        const { run, exclude, allow } = decideWhatRuns(situationOf({ plan, approvals: [approval] }));
        if (run === "none") return;
        const part = await planWorld(world, next, { exclude, allow });
        if (!part.applyable || part.steps.length === 0) return;
        const failing = listFailed(await planWorld(world, next, { exclude, allow: [] }));
        for (const [name, check] of failing) {
          later += 1;
          const known = new Set(listHarm(shown.get(name) ?? { addresses: [] }));
          expect([name, listHarm(check).filter((harmed) => !known.has(harmed))]).toEqual([name, []]);
        }
      }),
      SETTINGS,
    );
  });
});
