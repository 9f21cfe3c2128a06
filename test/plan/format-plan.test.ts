import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/model/json/json.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { OF_THE_FORMAT } from "./cases-of-the-format.ts";
import { formatPlan } from "./format-plan.ts";
import { planCase } from "./plan-case.ts";

/** Fields that a golden text does without: the cases of the format hold them. */
const LEFT_OUT = ["format_version", "digest", "live_digest"];

test.each(OF_THE_FORMAT)("the golden text of %s changes with each value of the plan", (situation) => {
  const plan = JSON.parse(JSON.stringify(planCase(situation)));
  const shown = String(renderPlanText(plan, PLAIN));
  const text = formatPlan(plan, shown);
  const unseen = [...spoil(plan)].filter(({ spoilt }) => formatPlan(spoilt as never, shown) === text);
  expect([...new Set(unseen.map(({ path }) => path))].sort()).toEqual([...LEFT_OUT].sort());
});

/** A value with one of its values set to another, or one entry less, in every way. */
function* spoil(value: Json, path = ""): Generator<{ readonly path: string; readonly spoilt: Json }> {
  if (value === null) yield { path, spoilt: { is: "spoilt" } };
  else if (typeof value !== "object") yield { path, spoilt: `${value} spoilt` };
  else if (Array.isArray(value)) {
    if (value.length > 0) yield { path, spoilt: value.slice(1) };
    for (const [at, item] of value.entries())
      for (const { path: inner, spoilt } of spoil(item, `${path}.${at}`))
        yield { path: inner, spoilt: value.with(at, spoilt) };
  } else
    for (const [key, item] of Object.entries(value as JsonObject))
      for (const { path: inner, spoilt } of spoil(item, path === "" ? key : `${path}.${key}`))
        yield { path: inner, spoilt: { ...value, [key]: spoilt } };
}
