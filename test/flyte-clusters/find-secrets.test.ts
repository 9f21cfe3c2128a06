import { describe, expect, test } from "vitest";
import { holdsSecret, maskSecrets } from "../../src/flyte-clusters/find-secrets.ts";

const SECRET = (value: string) => `apiVersion: v1\nkind: Secret\nstringData:\n  one_token: ${value}\ntype: Opaque\n`;

test("in a Secret, a value that someone filled in is masked, and a placeholder is not", () => {
  const placeholder = SECRET('"<token of one: see CHECKLIST.md>"');
  expect([maskSecrets(SECRET("hunter2")), maskSecrets(placeholder)]).toEqual([SECRET("***"), placeholder]);
});

describe("finding secrets", () => {
  const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl";
  test.each([
    ["a signed token", TOKEN],
    ["a signed token in base64", Buffer.from(TOKEN).toString("base64")],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"],
    ["a private key in base64", Buffer.from("-----BEGIN PRIVATE KEY-----\nabc").toString("base64")],
    ["an elliptic private key in base64", Buffer.from("-----BEGIN EC PRIVATE KEY-----\nabc").toString("base64")],
  ])("%s is one, and is masked", (_what, text) => {
    expect(holdsSecret(text)).toBe(true);
    expect(maskSecrets(`value: ${text}\n`)).not.toContain(text.split("\n")[0]);
  });

  test.each([
    ["a path", "/var/run/credentials/dataplane_1_token"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----"],
    ["an address", "https://eyjafjalla.example.com:443"],
  ])("%s is none", (_what, text) => {
    expect(holdsSecret(text)).toBe(false);
    expect(maskSecrets(text)).toBe(text);
  });

  test("in a Secret, every value is masked but placeholders, blocks and maps in one line included", () => {
    const text =
      "kind: Secret\ndata:\n  a: c2VjcmV0\n  b: |\n    line one\n  c: <fill in>\nmetadata:\n  name: x\nstringData: { a: b }\n";
    expect(maskSecrets(text)).toBe(
      "kind: Secret\ndata:\n  a: ***\n  b: ***\n    ***\n  c: <fill in>\nmetadata:\n  name: x\nstringData: {***}\n",
    );
  });
});
