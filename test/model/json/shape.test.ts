import { expect, test } from "vitest";
import {
  type AnyShape,
  either,
  isBoolean,
  isNumber,
  isOneOf,
  isText,
  listOf,
  mapOf,
  objectOf,
  optional,
  orNull,
  type Shape,
  unionOf,
} from "../../../src/model/json/shape.ts";
import { DamagedEntryError, readStoredJson } from "../../../src/store/database/read-stored-json.ts";
import { readReviewBody, writeReviewBody } from "../../../src/store/records/review-body.ts";
import { makeReviewRecord } from "../../store/make-records.ts";

type Figure = { readonly kind: "dot" } | { readonly kind: "line"; readonly length: number; readonly colour?: string };

const isFigure = unionOf<Figure>({ dot: {}, line: { length: isNumber, colour: optional(isText) } });
const isDrawing = objectOf<{ readonly by: string | null; readonly figures: readonly Figure[] }>({
  by: orNull(isText),
  figures: listOf(isFigure),
});

test.each<readonly [AnyShape, readonly unknown[], readonly unknown[]]>([
  [isText, ["", "a"], [null, 1, undefined]],
  [isBoolean, [true, false], [0, "true"]],
  [isOneOf("a", 1), ["a", 1], ["b", "1"]],
  [either(isNumber, isOneOf(true)), [1, true], [false, "1"]],
  [mapOf(isText), [{}, { a: "b" }], [{ a: 1 }, [], null]],
  [listOf(isText), [[], ["a"]], [["a", 1], {}, "a"]],
  [isFigure, [{ kind: "dot" }, { kind: "line", length: 1 }, { kind: "line", length: 1, colour: "red" }], []],
  [isFigure, [], [{ kind: "line" }, { kind: "line", length: 1, colour: null }, { kind: "circle" }, {}, null]],
  [
    isDrawing,
    [
      { by: null, figures: [] },
      { by: "a", figures: [{ kind: "dot" }], newer: 1 },
    ],
    [],
  ],
  [isDrawing, [], [{ figures: [] }, { by: "a", figures: [{}] }, { by: "a", figures: null }]],
])("a shape takes what is of its type, and nothing else", (shape, right, wrong) => {
  expect(right.map(shape)).toEqual(right.map(() => true));
  expect(wrong.map(shape)).toEqual(wrong.map(() => false));
});

/** Whether the compiler takes a shape for that of a type. */
type IsTaken<Given, Of> = Given extends Shape<Of> ? "taken" : "refused";

test("the compiler takes a shape for that of exactly its type", () => {
  const found: readonly [
    whole: IsTaken<Shape<"a" | "b">, "a" | "b">,
    part: IsTaken<Shape<"a">, "a" | "b">,
    more: IsTaken<Shape<string | null>, string>,
    optional: IsTaken<Shape<{ readonly a: string }>, { readonly a?: string }>,
    lacking: IsTaken<Shape<{ readonly a: string }>, { readonly a: string; readonly b: string }>,
  ] = ["taken", "refused", "refused", "refused", "refused"];
  expect(found).toHaveLength(5);
});

test("a stored value of another form than its shape is a damaged entry, by its name", () => {
  expect(readStoredJson('{"by":null,"figures":[]}', "prod", isDrawing)).toEqual({ by: null, figures: [] });
  expect(() => readStoredJson('{"by":null}', "prod", isDrawing)).toThrow(new DamagedEntryError("prod"));
  expect(() => readStoredJson("{", "prod", isDrawing)).toThrow(new DamagedEntryError("prod"));
});

const body = JSON.parse(writeReviewBody(makeReviewRecord()));

test.each(Object.keys(body))("a stored request whose field %s was altered is a damaged entry", (field) => {
  const altered = JSON.stringify({ ...body, [field]: { unexpected: 1 } });
  expect(() => readReviewBody(altered, "prod")).toThrow(new DamagedEntryError("prod"));
});
