import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { choosePropertySeed, TRIED_SEEDS } from "../set-up/choose-property-seed.ts";
import { createGitRepository } from "../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

afterEach(() => vi.unstubAllEnvs());

test("properties draw from one of the tried seeds, which the commit that is checked out chooses, the same in every run of it", () => {
  vi.stubEnv("POOLKEEPER_PROPERTY_SEED", undefined);
  const { folder, push } = createGitRepository(makeTemporaryFolder());
  const chosen = new Set<number>();
  for (let round = 0; chosen.size < 2; round += 1) {
    push({ "a.yaml": `${round}` });
    const seed = choosePropertySeed(folder);
    expect(TRIED_SEEDS).toContain(seed);
    expect(choosePropertySeed(folder)).toBe(seed);
    chosen.add(seed);
  }
});

test("properties draw from the first of the tried seeds where there is no commit", () => {
  vi.stubEnv("POOLKEEPER_PROPERTY_SEED", undefined);
  expect(choosePropertySeed(makeTemporaryFolder())).toBe(TRIED_SEEDS[0]);
});

test("the seed that a failure shows is taken again where it is asked for", () => {
  vi.stubEnv("POOLKEEPER_PROPERTY_SEED", "7");
  expect(choosePropertySeed(makeTemporaryFolder())).toBe(7);
});

test("every property of this run draws from the seed of the run", () => {
  const seed = Number(process.env.POOLKEEPER_PROPERTY_SEED);
  expect(Number.isSafeInteger(seed)).toBe(true);
  expect(fc.readConfigureGlobal().seed).toBe(seed);
  expect(() => fc.assert(fc.property(fc.nat(), () => false))).toThrow(`seed: ${seed}`);
});
