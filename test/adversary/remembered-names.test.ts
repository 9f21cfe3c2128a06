/**
 * The attacker commits manifests that call ever other names sensitive, reverted or not. What a store remembers of them costs no pass more
 * than its length, is bounded, and hides everything once there is more than is kept apart.
 */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Address } from "../../src/model/address.ts";
import type { OwnNames } from "../../src/model/secrets/sealing.ts";
import { describeSealing, namesOf } from "../../src/sealing/describe-sealing.ts";
import { listUncovered } from "../../src/sealing/list-uncovered.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import { createIsSensitive } from "../../src/sealing/sensitive-rules.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "../store/acme.ts";
import { makeChange, makeIntent } from "../store/make-change.ts";
import { makeOwnedQueue } from "../store/make-owned-queue.ts";
import { writable } from "../store/writable.ts";
import { countLettersUntil } from "./count-letters.ts";
import { countSteps } from "./count-steps.ts";

async function open() {
  const database = await openDatabase(join(makeTemporaryFolder(), "store"));
  onTestFinished(() => database.close());
  return { database, store: database.storeOf(ACME) };
}

const names = (count: number, letter = "k") => Array.from({ length: count }, (_, index) => `extra.${letter}${index}`);
const describeOwn = (remembered: OwnNames) => describeSealing({ patterns: [], desired: [], remembered });
const seesAll = (remembered: OwnNames, address: string) =>
  createIsSensitive(namesOf(describeOwn(remembered)))(address as Address, ["anything"]);

test("what is remembered is gone through once, and not once for each of itself", async () => {
  const measure = async (count: number) => {
    const { store } = await open();
    const own = { flyte_clusters: names(count) };
    await store.rememberSensitive(own);
    const again = () => store.rememberSensitive(own);
    return { steps: await countSteps(again), letters: await countLettersUntil(again) };
  };
  await measure(10);
  const few = await measure(2_000);
  const many = await measure(4_000);
  expect(many.steps).toBeLessThan(2.4 * few.steps);
  expect(many.letters).toBeLessThan(2.4 * few.letters);
});

test("as many names as are kept apart can come at once", async () => {
  const { store } = await open();
  const own = { flyte_clusters: names(9_500).toSorted() };
  await store.rememberSensitive(own);
  expect(await store.readSensitive()).toEqual(own);
});

test("past that everything is sensitive, until the names that were too many are gone and that is ended", async () => {
  const { database, store } = await open();
  const before = { "settings.acme": ["labels.team"], flyte_clusters: names(9_000).toSorted() };
  await store.rememberSensitive(before);
  await store.rememberSensitive({ flyte_clusters: names(2_000, "other") });
  const remembered = await store.readSensitive();
  for (const address of ["flyte_clusters.a", "settings.acme", "settings.acme/never-named"])
    expect(seesAll(remembered, address)).toBe(true);
  // Whatever was sealed before is sealed by less, and what is sealed now by no less than any names.
  expect(listUncovered(describeOwn(remembered), describeOwn(before))).toBe("all");
  expect(listUncovered(describeOwn(before), describeOwn(remembered))).toEqual([]);
  await store.rememberSensitive({ flyte_clusters: names(2_000, "more") });
  await database.forgetSensitive("*");
  expect(await store.readSensitive()).toEqual(before);
});

test("a single revision that names more than are kept apart hides everything as well", () => {
  const own = { "settings.acme": names(6_000), flyte_clusters: names(6_000) };
  expect(seesAll(own, "settings.other")).toBe(true);
});

test("names of many scopes at once are no statement that is too long", async () => {
  const { store } = await open();
  const scopes = names(1_500, "s").map((name) => [`settings.acme/${name}`, ["labels.team"]] as const);
  const { rules } = describeOwn({});
  const seal = (own: OwnNames) =>
    store.sealLedger({
      target: "prod",
      sealing: { rules, patterns: [], own },
      isWhole: true,
      seal: sealFiles,
    });
  await seal({});
  await seal(Object.fromEntries(scopes));
});

test("a change log that was sealed by many rules is compared with those of now once", async () => {
  const { rules } = describeOwn({});
  const measure = async (count: number) => {
    const { store } = await open();
    const ledger = await writable(store);
    for (const name of names(count)) {
      const sealed_by = await store.noteSealing({ rules, patterns: [], own: { flyte_clusters: [name] } });
      const change = makeChange({ kind: "settings", before: null, after: { settings: {} }, sealed_by });
      const intent = makeIntent({ address: "settings.acme", physical_name: "acme" });
      await ledger.recordOutcome(await ledger.recordIntent(intent, change), "confirmed");
    }
    const sealing = { rules, patterns: [], own: { flyte_clusters: names(count) } };
    const seal = () => store.sealLedger({ target: "prod", sealing, isWhole: true, seal: sealFiles });
    await seal();
    return { steps: await countSteps(seal), letters: await countLettersUntil(seal) };
  };
  await measure(5);
  const few = await measure(60);
  const many = await measure(120);
  expect(many.steps).toBeLessThan(2.4 * few.steps);
  expect(many.letters).toBeLessThan(2.4 * few.letters);
});

test("many objects that are taken over at once are no statement that is too long", async () => {
  const { store } = await open();
  const ledger = await writable(store);
  const objects = names(3_000).map((name) => makeOwnedQueue(name));
  await ledger.recordAllOwned(objects);
  expect(await store.readOwned()).toHaveLength(3_000);
});
