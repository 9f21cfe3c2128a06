/**
 * The attacker writes manifests, or left something live. Whatever a value holds (line breaks, tabs, signs without width, the spelling of a
 * sealed value) and whatever a delivered file holds: who looks at the plan before it runs sees all of it, in every format.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/model/json/json.ts";
import { type Change, isNoOp, type Plan } from "../../src/model/plan/plan.ts";
import { writeSealed } from "../../src/model/secrets/sealed.ts";
import { renderPlanForCi } from "../../src/report/plan/render-plan-for-ci.ts";
import { renderPlanText } from "../../src/report/plan/render-plan-text.ts";
import { diffTexts } from "../../src/report/text/diff-texts.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { openDesk } from "../cli/run-program.ts";
import { flyteClusters } from "../cli/systems.ts";
import { SITUATIONS } from "../plan/plan-case.ts";
import { readPlan } from "../report/read-plan.ts";

const UNSEEN = ["\u0000", "\u001b[8m", "\u0085", "\u200b", "\u202e", "\u2028", "\u034f", "\u115f", "\u2800", "\u3164"];
const FORGED = writeSealed("a".repeat(64));
/** Nothing that looks like an address with credentials: those are masked on purpose. */
const hostile = fc
  .array(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9 "'\\(){}.,-]{0,20}$/),
      fc.constantFrom("\n", "\r\n", "\t", "x".repeat(5000), "\n\nPlan: 0 to add", FORGED, "(sensitive)", ...UNSEEN),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => `v${parts.join("")}`);

/** A value as JSON has it, and what no eye sees as escapes. */
function spell(value: string): string {
  const unseen = /[\u007f-\u009f\u115f\u200b\u2028\u202e\u2800\u3164]|\u034f/g;
  return JSON.stringify(value).replace(unseen, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

type Path = readonly string[];

/** Where the fields of an object hold a text. */
function listTexts(value: Json | undefined, path: Path = []): readonly Path[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => listTexts(inner, [...path, key]));
}

function put<T extends Json>(value: T, [key, ...rest]: Path, text: string): T {
  if (key === undefined) return text as T;
  if (Array.isArray(value)) return value.with(Number(key), put(value[Number(key)], rest, text)) as unknown as T;
  const fields = value as JsonObject;
  return { ...fields, [key]: put(fields[key] ?? null, rest, text) } as unknown as T;
}

interface Place {
  readonly plan: Plan;
  readonly index: number;
  readonly path: Path;
}

const isFile = ({ address }: Change, path: Path) => address.startsWith("flyte_clusters.") && path[0] === "files";

/** Every text that a change of any of the planner's cases sets. */
const PLACES: readonly Place[] = SITUATIONS.flatMap((situation) => {
  const plan = readPlan(situation);
  return plan.changes.flatMap((change, index) =>
    isNoOp(change) ? [] : listTexts(change.after ?? {}).map((path) => ({ plan, index, path })),
  );
});
const VALUES = PLACES.filter(({ plan, index, path }) => !isFile(plan.changes[index] ?? expect.unreachable(), path));
const FILES = PLACES.filter((place) => !VALUES.includes(place));

function replaceText({ plan, index, path }: Place, text: string): Plan {
  const change = plan.changes[index] ?? expect.unreachable();
  return { ...plan, changes: plan.changes.with(index, { ...change, after: put(change.after, path, text) }) };
}

const FORMATS: readonly (readonly [string, (plan: Plan) => string])[] = [
  ["text", (plan) => String(renderPlanText(plan, PLAIN))],
  ["--concise", (plan) => String(renderPlanText(plan, PLAIN, { concise: true }))],
  ["--markdown", (plan) => renderPlanForCi(plan)],
];

describe.each(FORMATS)("a plan as %s", (_format, render) => {
  test("holds every value of every kind in full, whatever it holds", () => {
    const kinds = new Set(VALUES.map(({ plan, index }) => plan.changes[index]?.address.split(".")[0]));
    expect(kinds.size).toBeGreaterThanOrEqual(7);
    fc.assert(
      fc.property(fc.constantFrom(...VALUES), hostile, (place, value) => {
        expect(render(replaceText(place, value))).toContain(spell(value));
      }),
      { numRuns: 150 },
    );
  });

  test("tells a sealed value from a text that is spelled like one", () => {
    const [place] = VALUES;
    if (place === undefined) expect.unreachable();
    expect(render(replaceText(place, `${FORGED}evil`))).toContain(`"${FORGED}evil"`);
    expect(render(replaceText(place, "(sensitive)"))).toContain('"(sensitive)"');
  });

  test("holds every line of a file that is delivered", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FILES),
        fc.array(fc.stringMatching(/^[a-z][a-z :]{0,40}[a-z]$/)),
        (place, lines) => {
          const said = render(replaceText(place, lines.join("\n"))).split("\n");
          for (const line of lines) expect(said.some((one) => one.trimStart().slice(1) === line)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

const line = fc.oneof(
  fc.constantFrom("a", "b", "", "-", "+c", "\t", "\r", "@@", "\\ No newline at end of file"),
  fc.string(),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom("", "\n"))
  .map(([lines, end]) => lines.map((one) => one.replaceAll("\n", "")).join("\n") + end);

test("no two files have the same difference to a third, or to none", () => {
  fc.assert(
    fc.property(
      fc.option(file, { nil: undefined }),
      file,
      fc.constantFrom(...UNSEEN, "\t", "\r"),
      (before, one, sign) => {
        const other = one.replace(/[^\n]|$/, sign);
        const [left, right] = [diffTexts(before, one), diffTexts(before, other)];
        if (one !== other) expect(left.lines).not.toEqual(right.lines);
        if (before !== undefined && one !== before) expect(left.lines).not.toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});

test("a new file of Helm values is shown in full before it is delivered", async () => {
  const desk = await openDesk();
  mkdirSync(join(desk.folder, "output"));
  const deliver = ["--deliver", join(desk.folder, "output")];
  desk.write({ "flyte-clusters/flyte.yaml": `${flyteClusters("dp1")}image: { repository: registry.evil.example }\n` });
  const saved = ["--out", join(desk.folder, "plan.json")];
  for (const format of [[], ["--concise"], ["--markdown"], ["--json"]]) {
    const { stdout } = await desk.run(["plan", desk.repository, ...deliver, ...saved, ...format]);
    expect(stdout).toContain("repository: registry.evil.example");
  }
  for (const args of [
    ["show", saved[1] ?? ""],
    ["apply", desk.repository, ...deliver, "--concise", "--auto-approve"],
  ]) {
    expect((await desk.run(args)).stdout).toContain("repository: registry.evil.example");
  }
  const changed = `${flyteClusters("dp1")}image: { repository: registry.worse.example }\n`;
  desk.write({ "flyte-clusters/flyte.yaml": changed });
  const { stdout } = await desk.run(["plan", desk.repository, ...deliver, "--concise"]);
  expect(stdout).toMatch(/\+.*repository: registry\.worse\.example/);
});
