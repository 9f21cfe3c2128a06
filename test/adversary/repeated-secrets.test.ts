/**
 * The attacker reads what poolkeeper says of errors: servers repeat what they were sent, within other values, in quotes, encoded or cut
 * into lines, and a reader of YAML repeats what it could not read. None of that shows a part of a secret.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openDesk } from "../cli/run-program.ts";
import { redactText } from "../set-up/redact-text.ts";

const letters = fc.string({
  unit: fc.constantFrom(..."abcXYZ019 <>&\"'\\/+=?%!*~\n\t\u0007ä€😀"),
  minLength: 6,
  maxLength: 30,
});

/** As others write a text that they repeat. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  "json of Go": (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  "%q of Go": (text) => JSON.stringify(text).slice(1, -1).replaceAll("\\u0007", "\\a"),
  "quoted twice": (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  percent: (text) => encodeURIComponent(text),
  "percent in lower case": (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  form: (text) => new URLSearchParams({ a: text }).toString().slice(2),
  "form in lower case": (text) =>
    new URLSearchParams({ a: text })
      .toString()
      .slice(2)
      .replace(/%../g, (code) => code.toLowerCase()),
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 of URLs": (text) => Buffer.from(text).toString("base64url"),
};

describe("the words of a server", () => {
  test.each(Object.entries(SPELLINGS))("show nothing of secrets: %s", (_name, spell) => {
    fc.assert(
      fc.property(letters, letters, (one, other) => {
        const secret = `q7${one}7q`;
        expect(redactText(`bad: ${spell(secret)}!`, [secret])).toBe("bad: ***!");
        // Within another one, and overlapping it.
        const outer = `${secret}${other}`;
        expect(redactText(`bad: ${spell(outer)}!`, [secret, outer])).toBe("bad: ***!");
        expect(redactText(`bad: ${spell(outer)}!`, [outer, secret])).toBe("bad: ***!");
      }),
    );
  });

  test("show nothing of two secrets that overlap", () => {
    expect(redactText("bad: abcdefghi!", ["abcdef", "defghi"])).toBe("bad: ***!");
  });

  test("show no line of a secret of several lines", () => {
    const secret = "first-line\n  second-line\nx\n";
    expect(redactText("at 'second-line' (x), first-line", [secret])).toBe("at '***' (x), ***");
  });

  test("show no secret whose blanks they leave out, and no text of one that is JSON", () => {
    expect(redactText("invalid value abcdefgh", ["abcdefgh\n"])).toBe("invalid value ***");
    const key = JSON.stringify({ type: "x", private: { id: "abcdefgh" } });
    expect(redactText("no key abcdefgh of type x", [key])).toBe("no key *** of type x");
  });

  test("cost about their length, however many secrets there are", () => {
    const secrets = Array.from({ length: 10_000 }, (_, index) => `aaaaaaaa${index}`);
    expect(redactText("a".repeat(20_000), secrets)).toBe("a".repeat(20_000));
  });
});

describe("a manifest that can't be read", () => {
  test.each([
    "!mark-of-value",
    "*mark-of-value",
    "!<mark-of-value> x",
    "!m!mark-of-value x",
    "'mark-of-value",
    '"mark-of-value',
    "%mark-of-value",
    "@mark-of-value",
    "`mark-of-value",
    "{mark-of-value",
    "[mark-of-value: *mark-of-value",
    "|mark-of-value",
    ">mark-of-value",
    '"mark-of\\zvalue"',
    "mark-of-value: mark-of-value",
    "&mark-of-value *mark-of-value",
  ])("is refused without repeating the value %s", async (value) => {
    const desk = await openDesk("2026-11");
    desk.write({
      "settings/org.yaml": `settings:\n  environment_variables:\n    DB_PASSWORD: ${value}\n`,
      "flyte-clusters/flyte.yaml": `db:\n  password: ${value}\n`,
    });
    for (const args of [["validate"], ["validate", "--json"], ["plan", "--json"]]) {
      const { stdout, stderr, code } = await desk.run([...args, desk.repository]);
      expect(code).toBe(3);
      expect(stdout + stderr).not.toMatch(/mark-?of|of-?value/);
      expect(stdout + stderr).toContain("settings/org.yaml");
    }
  });
});
