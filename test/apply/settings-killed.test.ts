import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { forkWorld } from "./fork-world.ts";
import { killApply } from "./kill-apply.ts";
import { leftBehind } from "./left-behind.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 20),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const SCOPES = ["", "development", "development/team1"] as const;
/** By hand: it stays, independently of what is applied. */
const THEIRS = { pod_template_name: "by-hand" } as const;

const text = fc.constantFrom("a", "b");
const values: fc.Arbitrary<SettingValues> = fc.record(
  { "security.service_account": text, labels: fc.dictionary(text, text), "task_resource.min.cpu": fc.constant("1") },
  { requiredKeys: [] },
);
/** What each scope is to hold; null: it has no manifest. */
const folder = fc.tuple(...SCOPES.map(() => fc.option(values)));
type Folder = readonly (SettingValues | null)[];

const declare = (wanted: Folder): Desired =>
  desiredPlaces({
    settings: SCOPES.flatMap((scope, place) => {
      const held = wanted[place];
      return held == null ? [] : [desiredSettings(scope, held)];
    }),
  });

const scopeOf = (place: string) => {
  const [domain = null, project = null] = place === "" ? [] : place.split("/");
  return { domain, project };
};

const read = ({ reader }: ServedWorld) =>
  Promise.all(SCOPES.map(async (scope) => (await reader.getSettings(scopeOf(scope))).values));

/** An organization with a key of another writer in each scope. */
async function openWorld(generation: (typeof GENERATIONS)[number]): Promise<ServedWorld> {
  const world = await serveWorld(generation);
  for (const scope of SCOPES) await world.writer.writeSettings(scopeOf(scope), THEIRS, "0");
  return world;
}

describe.each(GENERATIONS)("settings on generation %s", (generation) => {
  test(
    "are as the manifests say after a run that was killed anywhere and another commit, with the keys of others kept",
    async () => {
      const origin = await openWorld(generation);
      let killed = 0;
      const situations = fc.record({
        ...{ past: folder, next: folder, end: folder },
        kill: fc.record({
          ...{ at: fc.integer({ min: 1, max: 3 }), when: fc.constantFrom("before", "after") },
          onlyWrites: fc.constant(true),
        }),
      });
      await fc.assert(
        fc.asyncProperty(situations, async ({ past, next, end, kill }) => {
          const world = forkWorld(origin);
          const allowing = { allow: ["empty-set", "max-disruption-share", "other-folder"] };
          await world.converge(declare(past), allowing);
          if (await killApply(world, await world.plan(declare(next), allowing), kill)) killed += 1;
          await world.converge(declare(end), allowing);
          expect(await read(world)).toEqual(end.map((held) => ({ ...THEIRS, ...held })));
          const rest = await world.plan(declare(end), allowing);
          expect({ changes: rest.changes, left: leftBehind(rest) }).toEqual({ changes: [], left: [] });
        }),
        SETTINGS,
      );
      expect(killed).toBeGreaterThan(SETTINGS.numRuns / 4);
    },
    LONGEST_MS,
  );
});
