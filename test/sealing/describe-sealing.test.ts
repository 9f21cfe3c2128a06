import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reference } from "../../src/model/objects/reference.ts";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { describeSealing, RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { listUncovered } from "../../src/sealing/list-uncovered.ts";
import { desiredSettings } from "../apply/desired-places.ts";

/** The words that name a secret, and what a credential looks like. */
const WORDS = ["sensitive-key", "find-credentials", "find-address-credentials", "find-as-read"].map(
  (name) => new URL(`../../src/model/secrets/${name}.ts`, import.meta.url),
);

/** Comments and imports: their lines name no secret. */
const REST = /^ *(\/\/|\/\*\*|\*|import ).*\n/gm;

test("what is sensitive by itself is other than it was: raise RULES_VERSION if that is more, and set the hash here", () => {
  const hash = createHash("sha256");
  for (const file of WORDS) hash.update(readFileSync(file, "utf8").replace(REST, ""));
  expect([RULES_VERSION, hash.digest("hex")]).toEqual([
    9,
    "a1c066f9cefff71b1000d43e34454283a44c3f7e0a306a0c989a115df21eeb91",
  ]);
});

test("rules are the same whatever the order of patterns, and name what manifests list and refer to", () => {
  const reference: Reference = { reference: true, from: "env", name: "NOTE" };
  const settings = {
    ...desiredSettings("acme", {}),
    values: { annotations: { note: reference } },
    sensitive: ["labels.*"],
  };
  const desired = { settings: [settings], flyte_clusters: [] };
  expect(describeSealing({ patterns: ["b", "a", "b"], desired: [desired], remembered: {} })).toEqual({
    rules: RULES_VERSION,
    patterns: ["a", "b"],
    own: { [settings.address]: ["=annotations.note", "labels.*"] },
  });
});

test("more is sensitive by some rules than by others exactly where those lack a name of theirs", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c"));
  const sealing: fc.Arbitrary<Sealing> = fc.record({
    rules: fc.integer({ min: 1, max: 2 }),
    patterns: names,
    own: fc.record({ "settings.x": names, "settings.y": names }, { requiredKeys: [] }),
  });
  fc.assert(
    fc.property(sealing, sealing, (required, former) => {
      const lacks = (some: readonly string[] = [], all: readonly string[] = []) =>
        some.some((name) => !all.includes(name));
      const isAll = former.rules < required.rules || lacks(required.patterns, former.patterns);
      const own = ["settings.x", "settings.y"].filter((address) => lacks(required.own[address], former.own[address]));
      const found = listUncovered(required, former);
      expect(found === "all" ? found : found.toSorted()).toEqual(isAll ? "all" : own);
      expect(listUncovered(required, required)).toEqual([]);
      expect(listUncovered(required, null)).toBe("all");
    }),
  );
});
