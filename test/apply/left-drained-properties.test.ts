import fc from "fast-check";
import { expect, test } from "vitest";
import type { Plan, PlanOptions } from "../../src/model/plan/plan.ts";
import { arbitraryDesired } from "../plan/arbitrary-desired.ts";
import { assertUntil } from "../set-up/assert-until.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { type Kill, killApply } from "./kill-apply.ts";
import { ALLOWED, GENERATION, listOut, listSilent, orphan, restoreNow, settle, without } from "./left-behind.ts";
import { serveWorld } from "./serve-world.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 40),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

/** What manifests want drained, as `KIND NAME`. */
function listWantedDrained({ changes }: Plan): readonly string[] {
  return changes
    .filter(({ after }) => after?.state === "drained")
    .map(({ address, physical_name }) => `${address.slice(0, address.indexOf("."))} ${physical_name}`);
}

test(
  "wherever a run is killed, whatever leaves the manifests then, and whether or not its store is restored, nothing that it has drained on its way is out of service and not reported",
  async () => {
    const folders = fc.tuple(arbitraryDesired(GENERATION), arbitraryDesired(GENERATION));
    const kills = fc.record({ at: fc.integer({ min: 5, max: 90 }), when: fc.constantFrom("before", "after") });
    const left = fc.array(fc.constantFrom("c1", "c2", "c3", "c4", "c5", "q1", "q2", "q3", "q4"), { minLength: 2 });
    const prunes = fc.constantFrom("owned", "none");
    let drained = 0;
    await assertUntil(
      () => drained > 0,
      fc.asyncProperty(
        folders,
        kills,
        left,
        prunes,
        fc.boolean(),
        async ([past, next], kill, gone, prune, restores) => {
          const world = await serveWorld(GENERATION);
          const first = await world.plan(orphan(past), { allow: ALLOWED });
          if (!first.applyable || (await world.apply(first)).status !== "applied") return;
          const before = await listOut(world);
          const plan = await world.plan(orphan(next), { allow: ALLOWED, prune: "all" });
          const wanted = listWantedDrained(plan);
          if (!plan.applyable || !(await killApply(world, plan, kill as Kill))) return;
          const out = (await listOut(world)).filter((name) => !before.includes(name) && !wanted.includes(name));
          if (restores) await restoreNow(world);
          const edit = without(orphan(next), gone);
          const rest = await settle(world, edit, { allow: ALLOWED, prune: prune as PlanOptions["prune"] });
          if (!rest.applyable || rest.steps.length > 0) return;
          drained += out.length;
          expect(await listSilent(world, { before, plan: rest, wanted })).toEqual([]);
        },
      ),
      SETTINGS,
    );
  },
  LONGEST_MS,
);
