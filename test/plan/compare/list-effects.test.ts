import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Address } from "../../../src/model/address.ts";
import type { Json, JsonObject } from "../../../src/model/json/json.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { findCounterpart } from "../../../src/model/passes/decision.ts";
import type { Change } from "../../../src/model/plan/plan.ts";
import { writeSealed } from "../../../src/model/secrets/sealed.ts";
import { canonicalJson } from "../../../src/plan/compare/digest-plan.ts";
import { listEffects, locateEffects } from "../../../src/plan/compare/list-effects.ts";
import { assertUntil } from "../../set-up/assert-until.ts";
import { arbitraryDesired } from "../arbitrary-desired.ts";
import { openWorld, planWorld } from "../open-model.ts";
import { carryOut } from "../walk-plan.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 25),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

function change(given: Partial<Change> & Pick<Change, "before" | "after">): Change {
  return {
    ...{ address: "settings.acme", physical_name: "acme", previous_physical_name: null, action: "update" },
    ...{ replace_paths: [], action_reason: "differs", origin: "commit" },
    ...given,
  };
}

const listAll = (...changes: readonly Change[]) => listEffects({ changes }, () => true);

function shared(one: Change, other: Change): readonly string[] {
  const known = new Set(listAll(one));
  return listAll(other).filter((effect) => known.has(findCounterpart(effect)));
}

/** Every value that is no object, by its path; an object without keys is one. */
function leaves(value: Json, path = ""): ReadonlyMap<string, string> {
  const isInner = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isInner) return new Map([[path, canonicalJson(value)]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, `${path}/${key}`)]));
}

/** Whether something is at the path or below it. */
const hasAt = (all: ReadonlyMap<string, string>, path: string) =>
  [...all.keys()].some((one) => one === path || one.startsWith(`${path}/`));

const leaf = fc.oneof(fc.constantFrom(1, 2, "a", "b", null, true), fc.constantFrom([], ["a"], ["a", "b"]));
const { fields } = fc.letrec<{ fields: JsonObject; value: Json }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("fields")),
  fields: fc.dictionary(fc.constantFrom("x", "y", "constructor", "z.x"), tie("value"), { maxKeys: 3 }),
}));

describe("two changes of one object", () => {
  test("share an effect where both set a leaf to the same value, whatever else they set at any depth", () => {
    let found = 0;
    fc.assert(
      fc.property(fields, fields, fields, (before, one, other) => {
        const [was, first, second] = [leaves(before), leaves(one), leaves(other)];
        const isSame = [...first].some(([path, value]) => was.get(path) !== value && second.get(path) === value);
        const isGone = [...was.keys()].some((path) => path !== "" && !hasAt(first, path) && !hasAt(second, path));
        if (!isSame && !isGone) return;
        found += 1;
        expect(shared(change({ before, after: one }), change({ before, after: other }))).not.toEqual([]);
      }),
      { numRuns: 2000, seed: SETTINGS.seed },
    );
    expect(found).toBeGreaterThan(200);
  });

  test("share none where every leaf that one sets is another one", () => {
    const before = { settings: { runs: 4, pod: "a" }, list: ["a"] };
    const one = change({ before, after: { settings: { runs: 4000, pod: "a" }, list: ["a"] } });
    expect(shared(one, change({ before, after: { settings: { runs: 5, pod: "b" }, list: ["a", "b"] } }))).toEqual([]);
    const also = change({ before, after: { settings: { runs: 4000, pod: "b" }, list: ["b"] } });
    expect(shared(one, also)).toHaveLength(1);
  });

  test("share one where what comes or goes is a place with its first value, or its last", () => {
    const one = change({ action: "create", before: null, after: { settings: { runs: 4000 } } });
    const live = { settings: { pod: "a" } };
    expect(shared(one, change({ before: live, after: { settings: { pod: "a", runs: 4000 } } }))).toHaveLength(1);
    const gone = change({ action: "delete", before: live, after: null });
    expect(
      shared(gone, change({ before: { settings: { pod: "a", runs: 1 } }, after: { settings: { runs: 1 } } })),
    ).toHaveLength(1);
  });

  test("share one where a file gets the same entry of a map, and none where it gets another one", () => {
    const file = (...labels: readonly string[]) => ({
      files: { "map.yaml": `labels:\n${labels.map((label) => `  ${label}:\n  - id: c1\n    weight: 1\n`).join("")}` },
    });
    const about = { address: "flyte_clusters.main", physical_name: "main", before: file("cpu") } as const;
    const one = change({ ...about, after: file("cpu", "gpu") });
    expect(shared(one, change({ ...about, after: file("cpu", "gpu", "tpu") }))).not.toEqual([]);
    expect(shared(one, change({ ...about, after: file("cpu", "tpu") }))).toEqual([]);
  });

  test("share one where a line of a file is delivered by another object, or by the same one to another folder", () => {
    const delivered = (name: string, path: string, line: string) =>
      change({
        ...{ address: `flyte_clusters.${name}`, physical_name: name },
        ...{ before: { files: { [path]: "x: 1\n" } }, after: { files: { [path]: `x: 1\n${line}\n` } } },
      });
    const one = delivered("a", "here/values.yaml", "bad: 1");
    expect(shared(one, delivered("b", "here/values.yaml", "bad: 1"))).not.toEqual([]);
    expect(shared(one, delivered("a", "there/values.yaml", "bad: 1"))).not.toEqual([]);
    expect(shared(one, delivered("b", "there/values.yaml", "bad: 1"))).toEqual([]);
    expect(shared(one, delivered("a", "here/values.yaml", "good: 1"))).toEqual([]);
    const gone = (name: string) =>
      change({
        ...{ address: `flyte_clusters.${name}`, physical_name: name, action: "delete" },
        ...{ before: { files: { [`${name}/values.yaml`]: "x: 1\n" } }, after: null },
      });
    expect(shared(gone("a"), gone("b"))).toEqual([]);
  });

  test("share one in whatever order a list names its entries", () => {
    const before = { clusters: ["a"] };
    const one = change({ before, after: { clusters: ["a", "b"] } });
    expect(shared(one, change({ before, after: { clusters: ["b", "a"] } }))).toHaveLength(1);
  });

  test.each(["65536Mi", "64.0Gi", "68719476736"])("share one where a quantity is spelled %s", (spelled) => {
    const about = { address: "queue.any", physical_name: "any", before: { max_resources: { memory: "1Gi" } } } as const;
    const limit = (memory: string) => change({ ...about, after: { max_resources: { memory } } });
    expect(shared(limit("64Gi"), limit(spelled))).toHaveLength(1);
    expect(shared(limit("65Gi"), limit(spelled))).toEqual([]);
  });

  test("share one where the manifest has another name by then, which tells the new address", () => {
    const update = { before: { pool: "pa" }, after: { pool: "pb" }, physical_name: "c1" };
    const renamed = change({ ...update, address: "cluster.c1-eu" });
    const [effect = ""] = shared(change({ ...update, address: "cluster.c1" }), renamed);
    expect(locateEffects({ changes: [renamed] }, () => true).get(effect)).toEqual(["cluster.c1-eu"]);
    const replaced = {
      ...update,
      action: "replace",
      physical_name: "c1-2",
      previous_physical_name: "c1",
    } as const;
    expect(shared(renamed, change({ ...replaced, address: "cluster.c1-us" }))).toHaveLength(1);
  });
});

describe("a place whose value is sealed in one plan and clear in another", () => {
  const sealed = { sealed: true, hash: "a".repeat(64) } as const;
  const settings = (note: Json | undefined, more: JsonObject = {}) =>
    change({
      before: { settings: { notes: { note: "x" } } },
      after: { settings: { notes: { ...(note && { note }), ...more } } },
    });

  test("is shared, whatever the values are, and in both directions", () => {
    expect(shared(settings("bad"), settings(sealed))).toHaveLength(1);
    expect(shared(settings(sealed), settings("bad"))).toHaveLength(1);
    expect(shared(settings(["bad"]), settings(["bad", sealed]))).toHaveLength(1);
    expect(shared(settings("bad"), settings("x", { other: sealed }))).toEqual([]);
    expect(shared(settings("bad"), settings("good"))).toEqual([]);
  });

  test("is shared in a text by the key of its line", () => {
    const file = (value: string, key = "token") =>
      change({
        ...{ address: "flyte_clusters.main", physical_name: "main" },
        ...{ before: { files: { "a.yaml": "x: 1\n" } }, after: { files: { "a.yaml": `x: 1\n${key}: ${value}\n` } } },
      });
    const hidden = writeSealed("a".repeat(64));
    // By the object, and by the file.
    expect(shared(file("bad"), file(hidden))).toHaveLength(2);
    expect(shared(file(hidden), file("bad"))).toHaveLength(2);
    expect(shared(file("bad"), file(hidden, "other"))).toEqual([]);
  });
});

describe("a value of several lines", () => {
  const hash = (digit: string) => digit.repeat(64);
  const sealed = (digit: string) => ({ sealed: true, hash: hash(digit) }) as const;
  const setting = (before: Json, after: Json) =>
    change({ before: { settings: { note: before } }, after: { settings: { note: after } } });
  const file = (before: string, after: string) =>
    change({
      ...{ address: "flyte_clusters.main", physical_name: "main" },
      ...{ before: { files: { "a.yaml": before } }, after: { files: { "a.yaml": after } } },
    });
  const block = (text: string, more = "") => `x: 1\nnote: |\n  ${text.replaceAll("\n", "\n  ")}\n${more}`;
  const marked = (digit: string, more = "") => `x: 1\nnote: ${writeSealed(hash(digit))}\n${more}`;

  test("of a setting is known again once it is sealed, and the other way round", () => {
    const [clear, hidden] = [setting("a\nb", "a\nbad\n"), setting(sealed("1"), sealed("2"))];
    expect(shared(clear, hidden)).not.toEqual([]);
    expect(shared(hidden, clear)).not.toEqual([]);
    expect(shared(clear, setting(sealed("1"), "a\ngood"))).not.toEqual([]);
    expect(shared(setting("a\nb", "a\nb\nbad"), setting("a\nb", "a\nb\ngood"))).toEqual([]);
  });

  test.each(["bad", "bad\n", "bad\r\n", "bad\n\n"])("of a setting is known again in another spelling: %j", (text) => {
    expect(shared(setting("a", "bad"), setting("a", text))).not.toEqual([]);
    expect(shared(setting("a", text), setting("a", "bad"))).not.toEqual([]);
  });

  test.each([
    ["a line that comes", "a\nb", "a\nb\nbad"],
    ["a line that goes", "a\nb\nc", "a\nb"],
    ["a line that stands elsewhere too", "a", "a\nx: 1"],
    ["a line that has a key of its own", "a\npassword: x", "a\npassword: bad"],
  ])("in a file is known again by %s, once the whole is sealed, and the other way round", (_what, before, after) => {
    for (const more of ["", "y: 2\n"]) {
      const clear = file(block(before), block(after, more));
      const hidden = file(marked("1"), marked("2", more));
      expect(shared(clear, hidden)).not.toEqual([]);
      expect(shared(hidden, clear)).not.toEqual([]);
    }
  });

  test("in a file is known again as a block or quoted, indented otherwise, with other ends of lines and below another entry", () => {
    const clear = file("a:\n  - note: |\n      x\n", "a:\n  - note: |\n      x\n      bad\n");
    const hidden = (text: string) => text.replace("%", writeSealed(hash("1"))).replace("&", writeSealed(hash("2")));
    const spellings = [
      ["a:\n- note: %\n", "a:\n- note: &\n"],
      ['a:\r\n    -   "note": %\r\n', 'a:\r\n    -   "note": &\r\n'],
      ["a: \n  - id: 1\n    note: %\n", "a: \n  - id: 1\n    note: &\n"],
    ] as const;
    for (const [before, after] of spellings) expect(shared(clear, file(hidden(before), hidden(after)))).not.toEqual([]);
    expect(shared(clear, file(hidden("a:\n  - other: %\n"), hidden("a:\n  - other: &\n")))).toEqual([]);
  });

  test("is known again whatever its lines are", () => {
    const line = fc.constantFrom("a", "b: c", "- d", "  e", "x: 1", "# f", '"g": h', "");
    const text = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => `k\n${lines.join("\n")}\nk2`);
    fc.assert(
      fc.property(text, text, (before, after) => {
        const words = (one: string) => one.split("\n").filter((each) => each.trim() !== "");
        if (JSON.stringify([...new Set(words(before))].sort()) === JSON.stringify([...new Set(words(after))].sort()))
          return;
        const [clear, hidden] = [file(block(before), block(after)), file(marked("1"), marked("2"))];
        expect(shared(clear, hidden)).not.toEqual([]);
        expect(shared(hidden, clear)).not.toEqual([]);
      }),
      { numRuns: 1000, seed: SETTINGS.seed },
    );
  });
});

test("what a release before recorded of a rejection is recognised", () => {
  const former = (address: Address, effect: unknown) =>
    `${address} ${createHash("sha256").update(canonicalJson(effect)).digest("hex").slice(0, 16)}`;
  const before = { settings: { runs: 4, pod: "a" }, queues: { default: "q" }, free: "x" };
  const after = { settings: { runs: 5, pod: "a" }, queues: { default: "r" }, limit: 1 };
  const found = listAll(
    change({ before, after }),
    change({ address: "queue.q", physical_name: "q", action: "delete", before, after: null }),
  );
  expect(found).toEqual(
    expect.arrayContaining([
      former("settings.acme", ["settings", after.settings]),
      former("settings.acme", ["queues", after.queues]),
      former("settings.acme", ["free", null]),
      former("settings.acme", ["limit", 1]),
      former("queue.q", ["delete"]),
    ]),
  );
});

describe.each(GENERATIONS)("two plans of one world of generation %s", (generation) => {
  test("share an effect at every object at which both set a leaf to the same value", async () => {
    let found = 0;
    const folders = fc.tuple(arbitraryDesired(generation), arbitraryDesired(generation), arbitraryDesired(generation));
    await assertUntil(
      () => found > 0,
      fc.asyncProperty(folders, async ([past, next, more]) => {
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, past));
        const [one, other] = [await planWorld(world, next), await planWorld(world, more)];
        const known = new Set(listEffects(one, () => true));
        for (const { address, before, after } of one.changes) {
          const twin = other.changes.find((change) => change.address === address);
          if (before === null || after === null || twin?.before == null || twin.after === null) continue;
          const [was, first, second] = [leaves(before), leaves(after), leaves(twin.after)];
          if (![...first].some(([path, value]) => was.get(path) !== value && second.get(path) === value)) continue;
          if (canonicalJson(twin.before) !== canonicalJson(before)) continue;
          found += 1;
          expect(listEffects(other, (one) => one === address).some((effect) => known.has(effect))).toBe(true);
        }
      }),
      SETTINGS,
    );
  });
});
