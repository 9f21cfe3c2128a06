import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired } from "../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { desiredPlaces, desiredSettings } from "./desired-places.ts";
import { forkWorld } from "./fork-world.ts";
import { killApply } from "./kill-apply.ts";
import { leftBehind, restoreNow } from "./left-behind.ts";
import { ORG, type ServedWorld, serveWorld } from "./serve-world.ts";

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
    "are as the manifests say after a run that was killed anywhere and the same commit or another one, and go with them, with the keys of others kept",
    async () => {
      const origin = await openWorld(generation);
      let killed = 0;
      const situations = fc.record({
        ...{ past: folder, next: folder, later: fc.option(folder) },
        kill: fc.record({
          ...{ at: fc.integer({ min: 1, max: 3 }), when: fc.constantFrom("before", "after") },
          onlyWrites: fc.constant(true),
        }),
      });
      await fc.assert(
        fc.asyncProperty(situations, async ({ past, next, later, kill }) => {
          const world = forkWorld(origin);
          const end = later ?? next;
          const allowing = { allow: ["empty-set", "max-disruption-share", "other-folder"] };
          await world.converge(declare(past), allowing);
          if (await killApply(world, await world.plan(declare(next), allowing), kill)) killed += 1;
          await world.converge(declare(end), allowing);
          expect(await read(world)).toEqual(end.map((held) => ({ ...THEIRS, ...held })));
          const rest = await world.plan(declare(end), allowing);
          expect({ changes: rest.changes, left: leftBehind(rest) }).toEqual({ changes: [], left: [] });
          await world.converge(declare([null, null, null]), allowing);
          expect(await read(world)).toEqual(SCOPES.map(() => THEIRS));
        }),
        SETTINGS,
      );
      expect(killed).toBeGreaterThan(SETTINGS.numRuns / 4);
    },
    LONGEST_MS,
  );

  test.each(["before", "after"] as const)(
    "that another user has changed since a write of theirs that a kill %s it ended, and that is withdrawn, are that user's",
    async (when) => {
      const world = forkWorld(await openWorld(generation));
      const first = { labels: { a: "a" } };
      await world.converge(declare([first, null, null]));
      const next = declare([{ ...first, "security.service_account": "a" }, { "task_resource.min.cpu": "1" }, null]);
      expect(await killApply(world, await world.plan(next), { at: 1, when, onlyWrites: true })).toBe(true);
      const theirs = { ...THEIRS, "security.service_account": "c", "task_resource.min.cpu": "7" };
      for (const scope of SCOPES.slice(0, 2)) {
        const { values: live, version } = await world.reader.getSettings(scopeOf(scope));
        await world.writer.writeSettings(scopeOf(scope), { ...live, ...theirs }, version);
      }
      const withdrawn = declare([first, null, null]);
      const plan = await world.plan(withdrawn);
      expect(plan.changes).toEqual([]);
      await world.converge(withdrawn);
      expect(await read(world)).toEqual([{ ...first, ...theirs }, theirs, THEIRS]);
    },
  );

  test.each([
    ["before", "labels", "reverted", "drift"],
    ["before", "labels", "kept", "both: labels b drift, security.service_account commit"],
    ["before", "security.service_account", "reverted", "drift"],
    ["after", "labels", "reverted", "both: labels b drift, security.service_account commit"],
    ["after", "labels", "kept", "both: labels b drift"],
    ["after", "security.service_account", "reverted", "drift"],
  ] as const)(
    "that a commit changes, in a write that a kill %s it ended: another user has set %s since, and the commit is %s",
    async (when, key, fate, expected) => {
      const world = forkWorld(await openWorld(generation));
      const folderOf = (account: string) =>
        declare([{ labels: { a: "a" }, "security.service_account": account }, null, null]);
      await world.converge(folderOf("a"));
      expect(await killApply(world, await world.plan(folderOf("b")), { at: 1, when, onlyWrites: true })).toBe(true);
      const { values: live, version } = await world.reader.getSettings(scopeOf(""));
      const byHand = key === "labels" ? { labels: { a: "a", b: "c" } } : { [key]: "c" };
      await world.writer.writeSettings(scopeOf(""), { ...live, ...byHand }, version);
      const [change] = (await world.plan(folderOf(fate === "kept" ? "b" : "a"))).changes;
      const fields = (change?.fields ?? []).map(({ path, origin }) => `${path.slice(1).join(" ")} ${origin}`);
      expect([change?.origin, ...(fields.length > 0 ? [fields.join(", ")] : [])].join(": ")).toBe(expected);
    },
  );

  test("that a killed run wrote and its commit's revert takes out again are the commits' change, as no one else was there", async () => {
    const world = forkWorld(await openWorld(generation));
    await world.converge(declare([null, { labels: { a: "a" } }, null]));
    const next = declare([{ labels: { a: "a" }, "security.service_account": "a" }, { labels: { a: "a" } }, null]);
    expect(await killApply(world, await world.plan(next), { at: 1, when: "after", onlyWrites: true })).toBe(true);
    const plan = await world.plan(declare([{ labels: { a: "a" } }, { labels: { a: "a" } }, null]));
    expect(plan.changes).toMatchObject([
      { action: "update", origin: "commit", after: { settings: { labels: { a: "a" } } } },
    ]);
  });

  test.each([
    ["with", true],
    ["without", false],
  ])(
    "that a killed run wrote to a scope %s a manifest are reported after a restore of a backup, until they are gone",
    async (_with, isDeclared) => {
      const world = forkWorld(await openWorld(generation));
      await world.converge(declare([{ labels: { a: "a" } }, null, null]));
      const first = { labels: { a: "a" } };
      const [org, dev] = isDeclared
        ? [{ ...first, "security.service_account": "a" }, null]
        : [first, { "task_resource.min.cpu": "1" }];
      const next = declare([org, dev, null]);
      expect(await killApply(world, await world.plan(next), { at: 1, when: "after", onlyWrites: true })).toBe(true);
      await restoreNow(world);
      const withdrawn = declare([{ labels: { a: "a" } }, null, null]);
      const written = await read(world);
      const left = isDeclared ? `settings.${ORG}` : `settings.${ORG}/development`;
      for (let turn = 0; turn < 2; turn += 1) {
        const plan = await world.plan(withdrawn);
        expect({ changes: plan.changes, left: leftBehind(plan) }).toEqual({
          changes: [],
          left: [expect.stringMatching(new RegExp(`^${left}: .*backup that was restored`))],
        });
        await world.converge(withdrawn);
      }
      expect(await read(world)).toEqual(written);
      const scope = scopeOf(isDeclared ? "" : "development");
      const { values: live, version } = await world.reader.getSettings(scope);
      const { "security.service_account": _one, "task_resource.min.cpu": _other, ...rest } = live;
      await world.writer.writeSettings(scope, rest, version);
      expect(leftBehind(await world.plan(withdrawn))).toEqual([]);
    },
  );
});
