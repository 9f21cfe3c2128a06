import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/model/json/json.ts";
import { GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { comparePlans, type PlannedFrom } from "../../../src/plan/compare/compare-plans.ts";
import { hashFacts } from "../../../src/plan/compare/digest-plan.ts";
import type { PlanInput } from "../../../src/plan/input/plan-input.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { judgeInput, openWorld, planWorld, readInput } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 25),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** A plan in a world that another folder was applied to, as it is saved. */
function planFrom(input: PlanInput): PlannedFrom {
  const plan = judgeInput(input);
  return { plan: JSON.parse(JSON.stringify(plan)), read: hashFacts(input.live, plan.reads) };
}

function hold(generation: Generation, property: (input: PlanInput, draws: Iterator<number>) => void) {
  const situation = fc.record({
    past: arbitraryDesired(generation),
    next: arbitraryDesired(generation),
    draws: fc.infiniteStream(fc.nat(1_000_000)),
  });
  return () =>
    fc.assert(
      fc.asyncProperty(situation, async ({ past, next, draws }) => {
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, past));
        property(await readInput(world, next), draws[Symbol.iterator]());
      }),
      SETTINGS,
    );
}

type Path = readonly (string | number)[];

/** Every place in a value: of its fields and entries, at any depth. */
function listPaths(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Array.isArray(value) ? value.map((inner, index) => [index, inner] as const) : Object.entries(value);
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([key, inner]) => listPaths(inner, [...path, key]))];
}

/** What two plans of the same effect may differ in. */
function isAside(plan: Plan, [part, index, field]: Path): boolean {
  if (part === "unmanaged") return true;
  if (part === "changes") return field === "changed_by" || field === "changed_at";
  if (part === "impact") return field === "in_flight";
  if (part === "checks") return plan.checks[Number(index)]?.name === "in-flight";
  const asides = ["changed-outside", "left-behind", "not-looked-at", "partial", "unfinished-elsewhere"];
  return part === "notices" && asides.includes(plan.notices[Number(index)]?.code ?? "");
}

/** A copy with one place changed: another value, none, or one entry more. */
function mutate(plan: Plan, path: Path, draw: number): Plan {
  const copy = structuredClone(plan) as unknown as Record<string | number, unknown>;
  const holder = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], copy);
  const key = path.at(-1) ?? "";
  const fields = holder as Record<string | number, unknown>;
  const value = fields[key] as Json;
  if (draw % 3 === 0 && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (draw % 3 === 0) delete fields[key];
  else if (draw % 3 === 1 && Array.isArray(value)) value.push("more" as never);
  else
    fields[key] =
      typeof value === "string"
        ? `${value}x`
        : typeof value === "number"
          ? value + 1
          : value === true
            ? false
            : { other: draw };
  return copy as unknown as Plan;
}

describe.each(GENERATIONS)("plans that are compared on generation %s", (generation) => {
  test(
    "are the same where nothing has changed",
    hold(generation, (input) => {
      expect(comparePlans(planFrom(input), planFrom(structuredClone(input)))).toEqual([]);
    }),
  );

  test(
    "differ wherever a single field of a file was altered that has an effect",
    hold(generation, (input, draws) => {
      const now = planFrom(input);
      // A part that is gone as a whole is no plan: the file's schema refuses it.
      const isPart = ([part, ...rest]: Path) => rest.length === 0 && typeof now.plan[part as keyof Plan] === "object";
      const paths = listPaths(now.plan).filter((path) => !isAside(now.plan, path) && !isPart(path));
      for (let count = 0; count < 20; count += 1) {
        const path = paths[draws.next().value % paths.length] ?? [];
        const altered = mutate(now.plan, path, draws.next().value);
        const found = comparePlans({ ...now, plan: altered }, now);
        expect([path, found.length > 0]).toEqual([path, true]);
      }
    }),
  );

  test(
    "differ wherever a live fact has changed that the plan depends on",
    hold(generation, (input, draws) => {
      const now = planFrom(input);
      fc.pre(now.plan.reads.length > 0);
      const key = now.plan.reads[draws.next().value % now.plan.reads.length] ?? "";
      const found = comparePlans({ ...now, read: { ...now.read, [key]: "0".repeat(32) } }, now);
      expect(found).toMatchObject([{ of: "live", subject: key }]);
    }),
  );
});
