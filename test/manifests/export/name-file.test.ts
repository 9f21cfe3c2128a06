import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOutFiles, nameFile } from "../../../src/manifests/export/lay-out-files.ts";
import type { ManifestDraft } from "../../../src/manifests/export/manifest-draft.ts";

const nameOf = (...parts: readonly string[]) => nameFile({ parts });
const part = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 300 }),
  fc.constantFrom("a", "A", "a.b", "con", "organization", "a~b", "."),
);

describe("the name of a file", () => {
  test.each([
    [["prod-1"], "prod-1"],
    [[], "organization"],
    [["organization"], "organization~"],
    [["con"], "con~"],
    [["aux", "dev"], "aux~.dev"],
    [["ml", "dev", "my_wf.main"], "ml.dev.my_wf.main"],
  ])("of %j is %s", (parts, name) => {
    expect(nameOf(...parts)).toBe(name);
  });

  test("tells workflows apart that differ in case or in signs that no file may have", () => {
    const names = ["wf", "WF", "Wf", "w/f", "w\\f", "w:f", "x".repeat(299), "x".repeat(300), ".", ".."];
    const files = names.map((name) => nameOf("ml", "dev", name).toLowerCase());
    expect(new Set(files).size).toBe(names.length);
  });

  test("is safe everywhere, and no two objects share one, whatever they are called", () => {
    const scopes = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }), {
      maxLength: 20,
      selector: (parts) => JSON.stringify(parts),
    });
    fc.assert(
      fc.property(scopes, (all) => {
        const names = all.map((parts) => nameOf(...parts));
        for (const name of names) expect(name).toMatch(/^[a-z0-9~-][a-z0-9._~-]{0,249}$/);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});

test("a file of many documents is begun anew before it is too large to be read", () => {
  const drafts = Array.from({ length: 3000 }, (_, index): ManifestDraft => {
    const name = `q${index}`;
    const body = { name, clusters: ["*"], labels: "x".repeat(100) };
    return { kind: "queue", address: `queue.${name}`, parts: [name], body, comments: ["one\nline"] };
  });
  const files = layOutFiles(drafts, "per-kind");
  expect(files.map(({ path }) => path)).toEqual(["queues/queues.yaml", "queues/queues-2.yaml", "queues/queues-3.yaml"]);
  for (const { text } of files) expect(text.length).toBeLessThan(250_000);
  expect(files.flatMap(({ text }) => text.split("---\n"))).toHaveLength(3000);
  expect(files[0]?.text).toMatch(/^# one\\u000aline\nname: q0\n/);
});
