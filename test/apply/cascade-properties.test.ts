import fc from "fast-check";
import { expect, test } from "vitest";
import { ATTRIBUTES_KINDS, type AttributesKind } from "../../src/kinds/registry.ts";
import { type Desired, type DesiredAttributes, groupRows } from "../../src/model/objects/desired.ts";
import { takePutBacks } from "../../src/plan/unfinished/put-backs.ts";
import { TEST_LIMIT_MS } from "../set-up/patience.ts";
import { rowOf } from "../systems/flyteadmin/fixtures/open.ts";
import { applyAndKill, type CascadeWorld, type Kill, serveCascades } from "./cascade-world.ts";
import { desiredPlaces, desiredRow } from "./desired-places.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 15),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** For as many runs as a soak may ask for. */
const LONGEST_MS = TEST_LIMIT_MS + SETTINGS.numRuns * 5_000;

const PLACES = ["team1", "project1"].flatMap((project) => [
  project,
  ...["development", "production"].flatMap((domain) => [
    `${project}/${domain}`,
    `${project}/${domain}/one`,
    `${project}/${domain}/my.wf ü`,
  ]),
]);

/** Whose a row is, and what becomes of it. */
const FATES = ["absent", "strangers", "stays", "changes", "goes", "comes", "is adopted"] as const;
type Fate = (typeof FATES)[number];

interface RowFate {
  readonly kind: AttributesKind;
  readonly place: string;
  readonly fate: Fate;
}

const worlds: fc.Arbitrary<readonly RowFate[]> = fc.tuple(
  ...ATTRIBUTES_KINDS.flatMap((kind) =>
    PLACES.map((place) =>
      fc
        .oneof({ weight: 2, arbitrary: fc.constant<Fate>("goes") }, { weight: 5, arbitrary: fc.constantFrom(...FATES) })
        .map((fate) => ({ kind, place, fate })),
    ),
  ),
);

const kills: fc.Arbitrary<readonly Kill[]> = fc.array(
  fc.record({ at: fc.integer({ min: 1, max: 25 }), when: fc.constantFrom<Kill["when"]>("before", "after") }),
  { minLength: 1, maxLength: 3 },
);

const having = (rows: readonly RowFate[], ...fates: readonly Fate[]) => rows.filter(({ fate }) => fates.includes(fate));

function desiring(rows: readonly DesiredAttributes[]): Desired {
  return desiredPlaces({
    rows: groupRows(rows),
  });
}

const wanting = (rows: readonly RowFate[], value: (row: RowFate) => string) =>
  desiring(rows.map((row) => desiredRow(row.kind, row.place, value(row))));

/** Rows of ours and of strangers are there, as their fates say. */
async function prepare(rows: readonly RowFate[]): Promise<CascadeWorld> {
  const world = await serveCascades();
  await world.converge(wanting(having(rows, "stays", "changes", "goes"), ({ place }) => `at ${place}`));
  for (const { kind, place } of having(rows, "strangers", "is adopted")) {
    await world.flyteadmin.writer.putRow(rowOf(kind, place, `at ${place}`));
  }
  return world;
}

function expectedRows(rows: readonly RowFate[]): Readonly<Record<string, string>> {
  const wantedOf = ({ place, fate }: RowFate) => (fate === "changes" || fate === "comes" ? "new" : `at ${place}`);
  const left = having(rows, "strangers", "stays", "changes", "comes", "is adopted");
  return Object.fromEntries(left.map((row) => [`${row.kind}.${row.place}`, wantedOf(row)]));
}

test(
  "after kills anywhere, every row that was to stay is as it was, what was to go is gone, and nothing is left to do",
  async () => {
    const run = async (rows: readonly RowFate[], strikes: readonly Kill[]) => {
      const world = await prepare(rows);
      const next = wanting(having(rows, "stays", "changes", "comes", "is adopted"), ({ place, fate }) =>
        fate === "changes" || fate === "comes" ? "new" : `at ${place}`,
      );
      const allow = ["max-disruption-share", "empty-set", "other-folder"];
      for (const strike of strikes) await applyAndKill(world, next, strike);
      await world.converge(next, { allow });
      expect(await world.rows()).toEqual(expectedRows(rows));
      expect((await world.plan(next, { allow })).changes).toEqual([]);
      const memory = await world.openMemory();
      const { owned, unfinished } = memory;
      await memory.close();
      expect(unfinished).toEqual([]);
      const ours = having(rows, "stays", "changes", "comes", "is adopted").map(({ kind, place }) => `${kind}.${place}`);
      expect(owned.map(({ address }) => address).sort()).toEqual(ours.sort());
    };
    await fc.assert(fc.asyncProperty(worlds, kills, run), SETTINGS);
  },
  LONGEST_MS,
);

/** What a commit after the interruption asks for beside. */
const EDITS = ["nothing", "drop", "other value"] as const;
type Edit = (typeof EDITS)[number];

interface EditedRow extends RowFate {
  readonly edit: Edit;
  readonly isProtected: boolean;
}

const edits: fc.Arbitrary<readonly (readonly [Edit, boolean])[]> = fc.array(
  fc.tuple(fc.constantFrom(...EDITS), fc.boolean()),
  { minLength: PLACES.length * ATTRIBUTES_KINDS.length, maxLength: PLACES.length * ATTRIBUTES_KINDS.length },
);

/** Of what comes nobody knows whose it is before it is on record; what goes or is a stranger's has no manifest to drop. */
function editRow(row: RowFate, [edit, wish]: readonly [Edit, boolean]): EditedRow {
  const isOwned = row.fate === "stays" || row.fate === "changes";
  const isDropped = edit === "drop" && !isOwned;
  return { ...row, edit: isDropped ? "nothing" : edit, isProtected: row.fate === "stays" && wish };
}

/** The manifests of a commit: null, the row has none. */
function desiringEach(rows: readonly EditedRow[], wantedOf: (row: EditedRow) => string | null): Desired {
  return desiring(
    rows.flatMap((row) => {
      const value = wantedOf(row);
      if (value === null) return [];
      const wanted = desiredRow(row.kind, row.place, value);
      return [{ ...wanted, lifecycle: { ...wanted.lifecycle, prevent_destroy: row.isProtected } }];
    }),
  );
}

const firstOf = ({ place, fate }: EditedRow) =>
  fate === "stays" || fate === "changes" || fate === "goes" ? `at ${place}` : null;

function nextOf({ place, fate }: EditedRow): string | null {
  if (fate === "changes" || fate === "comes") return "new";
  return fate === "stays" || fate === "is adopted" ? `at ${place}` : null;
}

function lastOf(row: EditedRow): string | null {
  return row.edit === "nothing" ? nextOf(row) : row.edit === "drop" ? null : "other";
}

test(
  "after a kill anywhere and whatever is committed then, every row is its owner's, and no protected one went",
  async () => {
    const run = async (
      fates: readonly RowFate[],
      chosen: readonly (readonly [Edit, boolean])[],
      strikes: readonly Kill[],
    ) => {
      const rows = fates.map((row, index) => editRow(row, chosen[index] ?? ["nothing", false]));
      const allow = ["max-disruption-share", "empty-set", "other-folder"];
      const world = await serveCascades();
      await world.converge(desiringEach(rows, firstOf), { allow });
      for (const { kind, place } of having(rows, "strangers", "is adopted")) {
        await world.flyteadmin.writer.putRow(rowOf(kind, place, `at ${place}`));
      }
      // The wide delete was allowed to take protected rows along, as it puts them back.
      const next = { allow: [...allow, "protected"] };
      for (const strike of strikes) await applyAndKill(world, desiringEach(rows, nextOf), strike, next);
      const wanted = desiringEach(rows, lastOf);
      const planned = await world.plan(wanted, { allow });
      const isLost = (row: EditedRow) => row.isProtected && row.edit === "drop";
      const refused = planned.checks.filter(({ status }) => status === "fail").map(({ name }) => name);
      expect(refused.filter((name) => name !== "protected")).toEqual([]);
      if (rows.some(isLost)) expect(refused).toEqual(["protected"]);
      // Nothing of the commit runs then; what was interrupted is put back all the same.
      if (refused.length > 0) {
        const addresses = planned.changes.map(({ address }) => address);
        expect((await world.apply(takePutBacks(planned, addresses))).status).toBe("applied");
        const there = await world.rows();
        for (const row of rows.filter(isLost)) expect(there[`${row.kind}.${row.place}`]).toBe(`at ${row.place}`);
      }
      const kept = rows.map((row) => (isLost(row) ? { ...row, edit: "nothing" as const } : row));
      const last = desiringEach(kept, lastOf);
      await world.converge(last, next);
      const expected = kept.flatMap((row) => {
        const value = lastOf(row) ?? (row.fate === "strangers" ? `at ${row.place}` : null);
        return value === null ? [] : [[`${row.kind}.${row.place}`, value] as const];
      });
      expect(await world.rows()).toEqual(Object.fromEntries(expected));
      expect((await world.plan(last, next)).changes).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(worlds, edits, kills, run), SETTINGS);
  },
  LONGEST_MS,
);
