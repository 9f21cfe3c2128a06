import { expect, test } from "vitest";
import { beginForeign } from "../../../src/model/secrets/cut-foreign.ts";

const SECRET = "S3CR3Tabcdefghijklmnopqrstuvwxyz0123456789";
const redact = (text: string) => text.replaceAll(SECRET, "***").replaceAll("K".repeat(500), "(k)");

test("is the beginning of a text, without secrets", () => {
  expect(beginForeign(`one ${SECRET} two three`, 11, redact)).toBe("one *** two");
});

test("is as long as asked for though most of what is looked at first is a secret", () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${"A".repeat(1_700)}\n-----END RSA PRIVATE KEY-----\n`;
  expect(beginForeign(`poolkeeper reject\n${key}${"log ".repeat(2_500)}`, 1000)).toMatch(/^poolkeeper reject\n/);
});

test("has no half of a secret that comes nearer because what stands before it is taken out", () => {
  const before = `${"K".repeat(500)} `.repeat(17).padEnd(1000 + 8000 - 30, ".");
  expect(beginForeign(`${before}${SECRET} end`, 1000, redact)).not.toContain(SECRET.slice(0, 10));
});
