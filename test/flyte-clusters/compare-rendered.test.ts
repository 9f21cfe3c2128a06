import { describe, expect, test } from "vitest";
import { compareRendered } from "../../src/flyte-clusters/compare-rendered.ts";
import { holdsSecret, maskSecrets } from "../../src/flyte-clusters/find-secrets.ts";
import { describeOrigin } from "../../src/flyte-clusters/rendered-file.ts";

const own = (text: string, name = "prod") => `# ${describeOrigin(name)}\n${text}`;
const SECRET = (value: string) => `apiVersion: v1\nkind: Secret\nstringData:\n  one_token: ${value}\ntype: Opaque\n`;

describe("comparing with what is delivered", () => {
  test("equal files differ in nothing", () => {
    const files = [{ path: "a.yaml", text: "a: 1\n" }];
    expect(compareRendered("prod", files, files)).toEqual([]);
  });

  test("a new, a changed and a removed file each have a unified diff, sorted by path", () => {
    const desired = [
      { path: "f/b.yaml", text: own("b: 2\n") },
      { path: "f/a.yaml", text: own("a: 1\n") },
    ];
    const live = [
      { path: "f/b.yaml", text: own("b: 1\n") },
      { path: "f/c.yaml", text: own("c: 1\n") },
    ];
    const found = compareRendered("prod", desired, live);
    expect(found.map(({ path, change }) => `${path} ${change}`)).toEqual([
      "f/a.yaml added",
      "f/b.yaml changed",
      "f/c.yaml removed",
    ]);
    expect(found[0]?.diff).toMatch(/^--- \/dev\/null\n\+\+\+ b\/f\/a\.yaml\n@@/);
    expect(found[1]?.diff).toContain("-b: 1\n+b: 2\n");
    expect(found[2]?.diff).toMatch(/^--- a\/f\/c\.yaml\n\+\+\+ \/dev\/null\n@@/);
  });

  test("a file that someone else put there, or another object's, is left alone", () => {
    const live = [
      { path: "README.md", text: "# ours\n" },
      { path: "x.yaml", text: own("a: 1\n", "prod-2") },
    ];
    expect(compareRendered("prod", [], live)).toEqual([]);
  });

  test("a token that someone filled in is not shown", () => {
    const desired = [{ path: "s.yaml", text: SECRET('"<token of one: see CHECKLIST.md>"') }];
    const live = [{ path: "s.yaml", text: SECRET("hunter2") }];
    const [difference] = compareRendered("prod", desired, live);
    expect(difference?.diff).toContain("-  one_token: ***\n");
    expect(difference?.diff).not.toContain("hunter2");
    const [other] = compareRendered("prod", [{ path: "s.yaml", text: SECRET("a") }], live);
    expect(other?.diff).toContain("only secret values differ");
  });
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
