import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SettingValue, SettingValues } from "../../../src/model/objects/settings.ts";
import { BOTH, ORG, openWorld, outcomeOf } from "../open-world.ts";
import { type Key, readLevels, resolveScope, writeScope } from "./write-scope.ts";

const own = <T extends SettingValue>(value: fc.Arbitrary<T>): fc.Arbitrary<SettingValue> =>
  fc.oneof(value, fc.constant("~unset"));
const entries = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "1", "2"), { maxKeys: 3 });
const values: fc.Arbitrary<SettingValues> = fc.record(
  {
    "run.max_action_concurrency": own(fc.nat(3)),
    "security.service_account": own(fc.constantFrom("", "reader", "writer")),
    "task_resource.mirror_limits_request": own(fc.boolean()),
    labels: own(entries),
    environment_variables: own(entries),
  },
  { requiredKeys: [] },
);

/** Scopes from the project to the organization, as the names that they consist of. */
const SCOPES = ["", "dev", "dev/ml", "dev/web", "prod", "prod/ml"] as const;
const write = fc.record({ scope: fc.constantFrom(...SCOPES), values, behind: fc.constantFrom(0, 0, 0, 1, -1) });

/** What the organization, its domains and their projects were told last, and how often. */
type Told = Map<string, { readonly version: number; readonly values: SettingValues }>;

function keyOf(scope: string): Key {
  const [domain = "", project = ""] = scope.split("/");
  return { org: ORG, domain, project };
}

/** The scopes that count in a scope, narrowest first. */
function listNarrowestFirst(scope: string): readonly string[] {
  const [domain = ""] = scope.split("/");
  return [...new Set([scope, domain, ""])];
}

/** Asks each scope from the narrowest on; maps go on asking for entries until one has no map any more. */
function expectIn(told: Told, scope: string): SettingValues {
  const effective: Record<string, SettingValue> = {};
  const settled = new Set<string>();
  for (const level of listNarrowestFirst(scope)) {
    for (const [key, value] of Object.entries(told.get(level)?.values ?? {})) {
      if (settled.has(key)) continue;
      const narrower = effective[key];
      if (value === "~unset" || typeof value !== "object") settled.add(key);
      if (narrower === undefined) effective[key] = value;
      else if (typeof narrower === "object" && typeof value === "object") effective[key] = { ...value, ...narrower };
    }
  }
  return effective;
}

describe.each(BOTH)("any sequence of writes on %s", (generation) => {
  test("leaves every scope with what it says itself, then its domain, then the organization", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 15 }), async (writes) => {
        const world = openWorld(generation);
        const told: Told = new Map();
        for (const { scope, values: sent, behind } of writes) {
          const version = told.get(scope)?.version ?? 0;
          const outcome = await outcomeOf(writeScope(world, keyOf(scope), sent, Math.abs(version - behind)));
          expect(outcome === "ok").toBe(behind === 0);
          if (behind === 0) told.set(scope, { version: version + 1, values: sent });
        }
        for (const scope of SCOPES) {
          expect(await resolveScope(world, keyOf(scope))).toEqual(expectIn(told, scope));
          const levels = listNarrowestFirst(scope).toReversed();
          expect(await readLevels(world, keyOf(scope))).toEqual(
            levels.map((level) => ({ scope: level, version: 0, values: {}, ...told.get(level) })),
          );
        }
      }),
      { numRuns: 150, seed: 20261101 },
    );
  });
});
