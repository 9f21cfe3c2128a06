/**
 * The attacker is the control plane of a target, or may write manifests: values as long as a record of settings may be. Comments and pages are
 * written on the thread that all targets share, so that they look at no more of a value than they may show.
 */
import { describe, expect, test } from "vitest";
import { renderChanges } from "../../src/daemon/web/page/render-changes.ts";
import type { JsonObject } from "../../src/model/json/json.ts";
import type { Change, Plan } from "../../src/model/plan/plan.ts";
import { renderDriftRequest } from "../../src/report/review/render-drift-request.ts";
import { fitReview } from "../../src/report/review/render-review-comment.ts";
import { readPlan } from "../report/read-plan.ts";
import { makeReview, planned } from "../report/review/build-reviews.ts";
import { countLetters } from "./count-letters.ts";

const PLAN = readPlan("2026-07-cluster-changes-pool-while-work-runs");
/** Half as long as a record of settings may be. */
const LONG = 256 * 1024;
const SCOPES = 40;
const MANY_LETTERS = 160_000_000;

/** What the values are made of, whatever costs most: as they are, as escapes, as the beginnings of addresses. */
const SIGNS = ["a", '"', "\u00ad", "//a@"];

/** Values of such a sign: one text, a list, names and values of a map; before and after the change. */
function listPairs(sign: string, length: number): Readonly<Record<string, readonly [JsonObject, JsonObject]>> {
  const long = sign.repeat(Math.ceil(length / sign.length));
  const parts = (count: number) => Array.from({ length: count }, (_, at) => `${at}${long.slice(0, length / count)}`);
  const map = (texts: readonly string[]) => Object.fromEntries(texts.map((text, at) => [`l${at}`, text]));
  return {
    "is removed": [{ labels: { a: "1", k: long } }, { labels: { a: "1" } }],
    "is changed": [{ labels: { k: `${long}1` } }, { labels: { k: `${long}2` } }],
    "becomes short": [{ labels: { k: long } }, { labels: { k: "x" } }],
    "is the name of an entry": [{ labels: { [long]: "1" } }, { labels: {} }],
    "is a list": [{ list: parts(2_000) }, { list: ["x"] }],
    "is one entry of a list": [{ list: ["a", long] }, { list: ["b", `${long}1`] }],
    "are many": [{ labels: map(parts(20)) }, { labels: {} }],
  };
}

function makePlan([before, after]: readonly [JsonObject, JsonObject], scopes = SCOPES): Plan {
  const changes = Array.from(
    { length: scopes },
    (_, at): Change => ({
      address: `settings.p${at}`,
      physical_name: `p${at}`,
      previous_physical_name: null,
      action: "update",
      before,
      after,
      replace_paths: [],
      action_reason: "differs",
      origin: "drift",
    }),
  );
  return { ...PLAN, changes, steps: [], routing: [] };
}

const CASES = SIGNS.flatMap((sign) =>
  Object.entries(listPairs(sign, LONG)).map(([what, pair]) => [what, JSON.stringify(sign), pair] as const),
);

/** All that the values of a plan have before the change, in characters: names and texts are compared whole, by the engine. */
const ALL = SCOPES * LONG;

describe.each([
  [65_536, 11],
  [1_000_000, 18],
])("a comment of %i characters", (maxLength, times) => {
  test.each(CASES)("looks at the beginning of what it has no room for where a value %s (%s)", (_what, _sign, pair) => {
    const review = makeReview(planned(makePlan(pair)));
    let fitted = { isWhole: true };
    const letters = countLetters(() => {
      fitted = fitReview(review, { maxLength });
    });
    expect(letters).toBeLessThan(times * ALL);
    expect(fitted.isWhole).toBe(false);
  });
});

test.each(CASES)("a page looks at the beginning where a value %s (%s)", (_what, _sign, pair) => {
  expect(countLetters(() => String(renderChanges(makePlan(pair), [])))).toBeLessThan(8 * ALL);
});

test.each(CASES)(
  "the request for drift looks at the beginning where a value %s (%s)",
  (_what, _sign, [before, after]) => {
    const object = { address: "settings.p", changed_by: null, changed_at: null, file: "p.yaml" } as const;
    const written = Array.from({ length: SCOPES }, () => ({ ...object, fields: [{ path: "labels", before, after }] }));
    const request = { target: "prod", branch: "drift", written, left: [] };
    expect(countLetters(() => renderDriftRequest(request, { maxLength: 65_536 }))).toBeLessThan(2 * ALL);
  },
);

test("a value too long for the comment is cut, with its length, and one that has room is shown whole", () => {
  const comment = (length: number, maxLength: number) => {
    const value = "x".repeat(length);
    const plan = makePlan([{ labels: { k: "y", gone: value } }, { labels: { k: value } }], 1);
    return fitReview(makeReview(planned(plan)), { maxLength });
  };
  const cut = comment(40_000, 65_536);
  expect(cut.isWhole).toBe(false);
  expect(cut.text).toMatch(/! {5}labels\.k = "y" -> "x+"… \(40,000 characters\)\n/);
  expect(cut.text).toMatch(/- {5}labels\.gone = "x+"… \(40,000 characters\)\n/);
  expect(cut.text).toContain("1 change is cut.");
  const whole = comment(20_000, 65_536);
  expect(whole.isWhole).toBe(true);
  expect(whole.text.match(/x{20000}/g)).toHaveLength(2);
});

test("a page says how long a value is that it cuts, and how many fields it leaves out", () => {
  const labels = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`l${at}`, "x"]));
  const page = String(
    renderChanges(makePlan([{ labels: {} }, { labels: { a: "x".repeat(5_000), ...labels } }], 1), []),
  );
  expect(page).toMatch(/[^x]x{2000}[^x]{1,10}… \(5,000 characters\)/);
  expect(page).toContain("… and 101 more fields; the API returns all of them.");
});

/** Values that a manifest may have, each short enough to be compared; before and after the change. */
const MANY = ([tail]: string) =>
  Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`k${at}`, `${"\u00ad".repeat(1_990)}${tail}`]));

test.each([65_536, 1_000_000])(
  "a comment of %i characters looks at few of many values that are short enough",
  (maxLength) => {
    const review = makeReview(planned(makePlan([{ annotations: MANY("1") }, { annotations: MANY("2") }])));
    expect(countLetters(() => fitReview(review, { maxLength }))).toBeLessThan(MANY_LETTERS);
  },
);

test("lists of many names are shown by those that differ, and whole", () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `cluster-in-a-region-of-the-world-${at}`);
  const { isWhole, text } = fitReview(
    makeReview(planned(makePlan([{ clusters: names }, { clusters: [...names, "edge"] }]))),
    { maxLength: 65_536 },
  );
  expect(isWhole).toBe(true);
  expect(text.match(/1000 -> 1001 entries\n\+ {7}"edge"/g)).toHaveLength(SCOPES);
});
