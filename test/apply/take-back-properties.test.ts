import fc from "fast-check";
import { expect, test } from "vitest";
import { SERVER_REFUSED } from "../../src/model/ledger/refusal.ts";
import { CAPABILITIES } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { arbitraryDesired } from "../plan/arbitrary-desired.ts";
import { assertUntil } from "../set-up/assert-until.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const ALLOWED = ["max-disruption-share", "empty-set", "other-folder", "contract", "black-hole", "protected"];
const GENERATION = "2026-11";

/** What is in service, as `KIND.NAME`. */
async function readServing({ reader }: ServedWorld): Promise<ReadonlySet<string>> {
  const [clusters, queues] = [await reader.listClusters("live"), await reader.listQueues("live")];
  const objects = [...clusters, ...queues].filter(({ state }) => state === "active");
  return new Set(objects.map(({ kind, name }) => `${kind}.${name}`));
}

/** What a plan takes out of service on the way to a delete or a move, and not for good or to be pointed elsewhere. */
function listOnTheWay({ steps, changes, ownership }: Plan): readonly string[] {
  const wantedSo = new Set(changes.filter(({ after }) => after?.state === "drained").map(({ address }) => address));
  const ends = steps.filter(
    (step) =>
      (step.kind === "queue" && step.op === "update" && step.set.cluster_pool !== undefined) ||
      ((step.op === "delete" || step.op === "move") && step.kind !== "cluster_pool"),
  );
  const replaced = new Set(ownership.claim.flatMap(({ previous_names }) => previous_names));
  return steps
    .filter(({ op, phase }) => op === "drain" && phase === null)
    .filter((drain) =>
      ends.some(({ kind, physical_name }) => kind === drain.kind && physical_name === drain.physical_name),
    )
    .filter(({ physical_name, address }) => !replaced.has(physical_name) && !wantedSo.has(address))
    .map(({ kind, physical_name }) => `${kind}.${physical_name}`);
}

test(
  "whatever is refused for good, what was drained for it is in service as before, and is not drained again",
  async () => {
    expect(CAPABILITIES[GENERATION].queue_state).toBe(true);
    let drained = 0;
    const folders = fc.tuple(arbitraryDesired(GENERATION), arbitraryDesired(GENERATION));
    await assertUntil(
      () => drained > 0,
      fc.asyncProperty(folders, async ([past, next]) => {
        const world = await serveWorld(GENERATION);
        const first = await world.plan(past, { allow: ALLOWED });
        if (!first.applyable || (await world.apply(first)).status !== "applied") return;
        const before = await readServing(world);
        for (const method of ["DeleteQueue", "DeleteCluster", "UpdateCluster", "UpdateQueue"]) {
          await world.fault({ method, code: "failed_precondition", count: 1_000 });
        }
        const plan = await world.plan(next, { allow: ALLOWED });
        if (!plan.applyable) return;
        const report = await world.apply(plan);
        const refused = new Set(report.steps.filter(({ status }) => status === "failed").map(({ address }) => address));
        const applied = new Set(report.steps.filter(({ status }) => status === "applied").map(({ id }) => id));
        const own = listOnTheWay(plan).filter((name) =>
          plan.steps.some(
            ({ id, op, kind, physical_name, address }) =>
              op === "drain" && `${kind}.${physical_name}` === name && applied.has(id) && refused.has(address),
          ),
        );
        drained += own.length;
        const after = await readServing(world);
        expect(own.filter((name) => before.has(name) && !after.has(name))).toEqual([]);
        const again = await world.plan(next, { allow: ALLOWED });
        if (own.length > 0) expect(again.checks.map(({ name }) => name)).toContain(SERVER_REFUSED);
      }),
      SETTINGS,
    );
  },
  LONGEST_MS,
);
