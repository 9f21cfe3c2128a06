import { expect, test } from "vitest";
import { keepValues } from "../../src/model/secrets/keep-values.ts";
import { renderChangesText } from "../../src/report/history/render-changes-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { makeEntry } from "../model/make-entry.ts";

test("what an entry did not keep is shown as that, in files too, and a try whose values a later one has says so", () => {
  const files = { "a.yaml": "a: 1\n".repeat(20_000) };
  const shown = [
    makeEntry({ before: keepValues({ clusters: ["c".repeat(100_000)] }), after: { clusters: ["c1"] } }),
    makeEntry({ address: "flyte_clusters.a", kind: "flyte_clusters", before: null, after: keepValues({ files }) }),
    makeEntry({ before: null, after: null, result: "unanswered", left_out: true }),
  ].map((entry) => renderChangesText([entry], PLAIN).toString());
  expect(shown).toEqual([
    expect.stringMatching(
      /~ clusters = "\(too long to keep: 100,004 characters, SHA-256 [0-9a-f]{64}\)" -> \[ "c1" \]/,
    ),
    expect.stringMatching(/\+ files\.a\.yaml = "\(too long to keep: 120,002 characters, SHA-256 [0-9a-f]{64}\)"/),
    expect.stringContaining("No response, and it was tried again: a later try has the values."),
  ]);
});
