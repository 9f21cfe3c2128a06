import { describe, expect, test } from "vitest";
import { editDocument } from "../../../src/manifests/yaml/edit-document.ts";
import type { Json } from "../../../src/model/json/json.ts";

const TEXT = `# Head.
name: any # its name
cluster_pool: "pa"
clusters: # who
  # before a
  - a # first
  - b
run_concurrency: 1 # one
max_resources:
  # inside
  cpu: "4" # cpus
flow: { x: 1, y: 'q' } # flow
list: ["a", b]
empty:
text: |
  # no comment
  of two lines
# Tail.
---
name: other
`;

/** What editing makes of lines: those that went, and those that came. */
function diff(path: string, value: Json | undefined, text = TEXT): readonly string[] | null {
  const edited = editDocument(text, 0, [{ path: path.split("/"), value }]);
  if (edited === null) return null;
  const [before, after] = [text.split("\n"), edited.split("\n")];
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}

describe("an edited document", () => {
  test.each([
    ["run_concurrency", 9, ["-run_concurrency: 1 # one", "+run_concurrency: 9 # one"]],
    ["cluster_pool", 'p"b', ['-cluster_pool: "pa"', '+cluster_pool: "p\\"b"']],
    ["name", "yes", ["-name: any # its name", '+name: "yes" # its name']],
    ["clusters", ["*"], ["-  - a # first", "-  - b", '+  - "*" # first']],
    ["clusters", ["b"], ["-  - a # first", "+  # first"]],
    ["clusters", ["a", "c", "d"], ["-  - b", "+  - c", "+  - d"]],
    ["max_resources/cpu", "8", ['-  cpu: "4" # cpus', '+  cpu: "8" # cpus']],
    ["max_resources/memory", "8Gi", ["+  memory: 8Gi"]],
    ["max_resources/cpu", undefined, ["-max_resources:", '-  cpu: "4" # cpus', "+max_resources: {}", "+  # cpus"]],
    ["flow/x", undefined, ["-flow: { x: 1, y: 'q' } # flow", "+flow: { y: 'q' } # flow"]],
    ["flow/y", "it's", ["-flow: { x: 1, y: 'q' } # flow", "+flow: { x: 1, y: 'it''s' } # flow"]],
    ["flow/z", "a, b", ["-flow: { x: 1, y: 'q' } # flow", "+flow: { x: 1, y: 'q', z: \"a, b\" } # flow"]],
    ["list", ["b", "no"], ['-list: ["a", b]', '+list: ["no", b]']],
    ["empty/key", "value", ["-empty:", "+empty: {key: value}"]],
    ["new/key", 0, ["+new:", "+  key: 0"]],
    ["run_concurrency", undefined, ["-run_concurrency: 1 # one", "+# one"]],
    ["gone/key", undefined, null],
  ] as const)("has another %s of %j and everything else as it was", (path, value, expected) => {
    expect(diff(path, value as Json | undefined)).toEqual(expected);
  });

  test("keeps line breaks of Windows, and a missing last one", () => {
    expect(editDocument("a: 1\r\nb: 2 # x\r\n", 0, [{ path: ["c"], value: 3 }])).toBe("a: 1\r\nb: 2 # x\r\nc: 3\r\n");
    expect(editDocument("a: 1\nb: 2 # x", 0, [{ path: ["c"], value: 3 }])).toBe("a: 1\nb: 2 # x\nc: 3");
    expect(editDocument("{a: 1}", 0, [{ path: ["c"], value: 3 }])).toBe("{a: 1, c: 3}");
  });

  test("is one of several, and the others stay", () => {
    expect(editDocument(TEXT, 1, [{ path: ["name"], value: "third" }])).toBe(
      TEXT.replace("name: other", "name: third"),
    );
    expect(editDocument(TEXT, 2, [{ path: ["name"], value: "third" }])).toBeNull();
  });

  test("is not made where a text of several lines, an alias or a comment in a flow would be touched", () => {
    expect(diff("text", "other")).toBeNull();
    expect(diff("b", 2, "a: &x 1\nb: *x\n")).toBeNull();
    expect(diff("a/b", undefined, "a: { b: 1, # why\n  c: 2 }\n")).toBeNull();
  });

  test("that says it already stays as it is", () => {
    expect(editDocument(TEXT, 0, [{ path: ["clusters"], value: ["a", "b"] }])).toBe(TEXT);
  });
});
