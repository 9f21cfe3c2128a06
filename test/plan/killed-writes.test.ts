import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { listWrites } from "../../src/model/plan/list-writes.ts";
import { type Change, isNoOp, type Plan } from "../../src/model/plan/plan.ts";
import { assertUntil } from "../set-up/assert-until.ts";
import { arbitraryDesired } from "./arbitrary-desired.ts";
import { editLimits } from "./edit-manifests.ts";
import { SETTINGS } from "./hold-committed.ts";
import { openWorld, planWorld, type World } from "./open-model.ts";
import { carryOut, type Draw } from "./walk-plan.ts";

/** No manifest and no write of a run has such a limit. */
const BY_HAND = 4_000;

/** In the first write: before it is sent, or after it has arrived. */
const stopBy = (how: "kill before" | "kill after") => ({ at: how === "kill before" ? 0 : 1, how });

const OTHERS = ["depth", "run_concurrency", "action_concurrency"] as const;

const name = ({ address }: Change, path: string) => `${address} ${path}`;

/** Another user changes a limit of the queue of an object, or drains it; gives where. */
function change(
  world: World,
  { plan, one, draw }: { readonly plan: Plan; readonly one: Change; readonly draw: Draw },
): readonly string[] {
  const { rows } = world.model.state.queue;
  const row = rows.get(one.physical_name);
  if (row === undefined) return [];
  const isOfQueue = one.address.startsWith("queue.");
  // A drain of the run's own could not be told from theirs.
  const isQuiet = plan.steps.every(({ op }) => op === "update");
  if (world.model.state.generation === "2026-11" && isOfQueue && isQuiet && row.state === "active" && draw(1) === 0) {
    rows.set(row.name, { ...row, state: "drained" });
    return [name(one, JSON.stringify(["state"]))];
  }
  const limit = OTHERS[draw(2)] ?? "depth";
  rows.set(row.name, { ...row, spec: { ...row.spec, [limit]: BY_HAND } });
  return [name(one, JSON.stringify(isOfQueue ? [limit] : ["queue", limit]))];
}

describe.each(GENERATIONS)("on generation %s, what another user changes", (generation) => {
  test("beside a write that was killed is drift, whether or not the write has arrived and its commit stays", async () => {
    let seen = 0;
    const drawn = fc.tuple(arbitraryDesired(generation), fc.infiniteStream(fc.nat(1_000)));
    await assertUntil(
      () => seen > 8,
      fc.asyncProperty(drawn, async ([folder, numbers]) => {
        const draws = numbers[Symbol.iterator]();
        const draw: Draw = (most) => Number(draws.next().value) % (most + 1);
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, folder));
        const next = editLimits(folder, draw);
        const how = (["kill before", "kill after"] as const)[draw(1)] ?? "kill after";
        const plan = await planWorld(world, next);
        if ((await carryOut(world, plan, { stop: stopBy(how) })) !== null) return;
        const byHand = new Set(
          plan.changes.filter((one) => !isNoOp(one)).flatMap((one) => change(world, { plan, one, draw })),
        );
        // What no manifest had managed before is the commit's, whoever has set it.
        const managed = new Set<string>();
        for (const desired of [folder, next]) {
          for (const found of (await planWorld(world, desired)).changes) {
            const paths = [...listWrites(found.before ?? {}, found.after ?? {}).keys()].filter((path) =>
              byHand.has(name(found, path)),
            );
            if (desired === folder) for (const path of paths) managed.add(name(found, path));
            const theirs = paths.filter((path) => managed.has(name(found, path)));
            if (found.action !== "update" || theirs.length === 0) continue;
            seen += 1;
            expect(["drift", "both"]).toContain(found.origin);
            const own = (found.fields ?? []).filter(({ origin }) => origin === "commit");
            expect(own.filter(({ path }) => theirs.includes(JSON.stringify(path)))).toEqual([]);
          }
        }
      }),
      SETTINGS,
    );
  });
});
