/**
 * The attacker names things: an object, a file, a branch, a reason in an error. With characters that no eye sees, or that turn the
 * direction of text, a plan would show something else than it does.
 */
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLine } from "../../src/daemon/logging/format-line.ts";
import { html } from "../../src/daemon/web/page/markup.ts";
import { showText } from "../../src/model/text/show-text.ts";
import { describePlanDifferences } from "../../src/report/plan/describe-plan-differences.ts";
import { escapeXml } from "../../src/report/routing/render-graph-svg.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const UNSEEN = [
  ...[
    0x00, 0x07, 0x08, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
  ],
  ...[0x202d, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0xe007f],
  ...[0x34f, 0x115f, 0x1160, 0x17b4, 0x180b, 0x2800, 0x3164, 0xfe00, 0xfe0f, 0xffa0, 0x1d173, 0xe0100, 0xe01ef],
].map((point) => String.fromCodePoint(point));
const HALVES = ["\ud800", "\udc00"];
const IS_UNSEEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{1d173}\u{e0000}-\u{e0fff}]|\p{Variation_Selector}|[\u034f\u17b4]/u;

const words = fc
  .array(fc.oneof(fc.string(), fc.constantFrom(...UNSEEN, ...HALVES, "\u001b[31m", "\u001b[2J")), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("no text leaves with a sign that no eye sees, and what is visible stays", () => {
  fc.assert(
    fc.property(words, (text) => {
      const shown = showText(text);
      expect(shown.replaceAll(/[\n\t]/g, "")).not.toMatch(IS_UNSEEN);
      if (!IS_UNSEEN.test(text)) expect(shown).toBe(text);
    }),
  );
});

test("a sign that is a picture stays one, and a name with a selector of variants does not look like one without", () => {
  expect(showText("\u26a0\ufe0f warning")).toBe("\u26a0\ufe0f warning");
  expect(showText("label1\ufe0f")).toBe("label1\\ufe0f");
  expect(showText("\u26a0\ufe0e")).toBe("\u26a0\\ufe0e");
});

test("JSON stays the same JSON", () => {
  fc.assert(
    fc.property(words, (text) => {
      const json = showText(JSON.stringify({ name: text }, undefined, 2));
      expect(json.replaceAll("\n", "")).not.toMatch(IS_UNSEEN);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ name: text })));
    }),
  );
});

test("a line of the log and a page show them as escapes", () => {
  fc.assert(
    fc.property(words, (text) => {
      const line = formatLine({ level: "info", time: "2026-01-01T00:00:00Z", msg: text, place: text });
      expect(stripVTControlCharacters(line).replaceAll(/[\n\t]/g, "")).not.toMatch(IS_UNSEEN);
      expect(`${html`<p title="${text}">${[text]}</p>`}`.replaceAll(/[\n\t]/g, "")).not.toMatch(IS_UNSEEN);
    }),
  );
});

test.each(["validate", "plan"])(
  "%s names a file that does not exist without turning its name around",
  async (command) => {
    const { stdout, stderr } = await runInProcess([command, "\u202egpj.exe"], {}, makeTemporaryFolder());
    expect(stdout + stderr).not.toContain("\u202e");
    expect(stdout + stderr).toContain("\\u202egpj.exe");
  },
);

test("pictures, routes and differences spell such a sign as everything else does", () => {
  const text = "a\u001bb\u202ec";
  const difference = {
    of: "plan",
    part: "routing",
    subject: text,
    path: "",
    before: undefined,
    now: undefined,
  } as const;
  expect(escapeXml(text)).toBe("a\\u001bb\\u202ec");
  expect(describePlanDifferences([difference], { isTrusted: true }).join()).toContain("a\\u001bb\\u202ec");
});
