import { describe, expect, test } from "vitest";
import { parseDocuments } from "../../src/manifests/yaml/parse-documents.ts";
import { hideSealed } from "../../src/model/secrets/sealed.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { listSealedPaths, sealText } from "../../src/sealing/seal-text.ts";

const ADDRESS = "flyte_clusters.main";
const openVault = (key = 7, patterns: readonly string[] = []) =>
  openBorder({ key: Buffer.alloc(32, key), patterns, desired: [], owned: [], remembered: {} }).vault;
const seal = (text: string, path = "flyte/values-override.yaml", vault = openVault()) =>
  sealText({ address: ADDRESS, path, text }, vault);

const VALUES = `# Rendered by poolkeeper from flyte_clusters.main; change the manifest, not this file.
db:
  host: db.internal
  password: hunter2  # not the old one
  passwordFile: /etc/db
  apiKeys: ["first-key", 'second-key']
  privateKey: |
    line one
    line two

  tokens:
    - plain-1
    - {name: CI, value: x1}
  enableToken: true
  token:
env:
  - {name: DB_PASSWORD, value: from-env}
  - name: LOG_LEVEL
    value: debug
"quoted secret": "with: colon # and hash"
folded_secret: >-
  one
  two
`;

describe("a file of Helm values", () => {
  test("shows all but what is sensitive, still parses, and is put back byte by byte", () => {
    const vault = openVault();
    const sealed = seal(VALUES, "a.yaml", vault);
    for (const secret of [
      "hunter2",
      "first-key",
      "second-key",
      "line one",
      "plain-1",
      "x1",
      "from-env",
      "colon",
      "two",
    ]) {
      expect(sealed).not.toContain(secret);
    }
    for (const kept of [
      "db.internal",
      "/etc/db",
      "# not the old one",
      "enableToken: true",
      "value: debug",
      "LOG_LEVEL",
    ]) {
      expect(sealed).toContain(kept);
    }
    expect(hideSealed(sealed)).toContain("  password: (sensitive)  # not the old one\n");
    expect(hideSealed(sealed)).toContain("  privateKey: (sensitive)\n\n  tokens:");
    const { documents, broken } = parseDocuments(sealed);
    expect([documents.length, broken]).toEqual([1, []]);
    expect(vault.openText(sealed)).toBe(VALUES);
  });

  test("differs where a secret does, and nowhere else; equal secrets at two places look different, and so they do with another key", () => {
    const lines = (text: string, key = 7) => seal(text, "a.yaml", openVault(key)).split("\n");
    const before = lines(VALUES);
    const after = lines(VALUES.replace("hunter2", "hunter3"));
    expect(before.filter((line, index) => line !== after[index])).toHaveLength(1);
    const [one, other] = lines("a_token: same\nb_token: same\n");
    expect(one?.slice(9)).not.toBe(other?.slice(9));
    expect(lines("a_token: same\n", 8)[0]).not.toBe(one);
  });

  test("of items with names, none moves when another one comes", () => {
    const items = (...names: readonly string[]) => names.map((name) => `- {name: ${name}, password: same-${name}}\n`);
    const [, kept] = seal(items("a", "b").join("")).split("\n");
    expect(seal(items("c", "a", "b").join("")).split("\n")[2]).toBe(kept);
  });

  test("names the paths of what was sealed in it, by which it stays sealed", () => {
    const vault = openVault(7, ["*.db.host"]);
    const sealed = seal("db: {host: h, port: 1}\nlist:\n  - {name: a, token: t}\n", "a.yaml", vault);
    expect(listSealedPaths(sealed)).toEqual(["db.host", "list.[a].token"]);
  });
});

describe("what someone left in a delivered file", () => {
  test.each([
    ["a comment", "a: 1 # password: old-one\n", "a: 1 # password: (sensitive)\n"],
    ["an assignment in a comment", "# DB_PASSWORD=old-one\na: 1\n", "# DB_PASSWORD=(sensitive)\na: 1\n"],
    ["a token by its form", `a: see ghp_${"a1".repeat(18)}!\n`, "a: see (sensitive)!\n"],
    [
      "a Secret",
      "kind: Secret\ndata:\n  a: c2VjcmV0\nstringData: {b: plain}\n",
      "kind: Secret\ndata:\n  a: (sensitive)\nstringData: {b: (sensitive)}\n",
    ],
    ["YAML that does not parse", "# head\na: [1\nb: old-one\n", "# head\n(sensitive)\n(sensitive)\n"],
    ["an alias", "a: &x old-one\nb: *x\n", "(sensitive)\n(sensitive)\n"],
    ["what is spelled like something sealed", `a: (sensitive:${"0".repeat(64)})\n`, "a: (sensitive)\n"],
  ])("%s is sealed", (_what, text, shown) => {
    const vault = openVault();
    const sealed = seal(text, "a.yaml", vault);
    expect(hideSealed(sealed)).toBe(shown);
    expect(sealed).not.toContain("0".repeat(64));
    expect(vault.openText(sealed)).toBe(text);
  });

  test("placeholders of a rendered Secret, references and what is no YAML but its assignments stay readable", () => {
    const secret = 'kind: Secret\nstringData:\n  a_token: "<token of one: see CHECKLIST.md>"\n';
    const external = "kind: ExternalSecret\nspec: {data: [{secretKey: a_token, remoteRef: {key: x}}]}\n";
    const listed = "# Do\n\n1. Make the token.\n   PASSWORD=old-one\n";
    expect([seal(secret), seal(external)]).toEqual([secret, external]);
    expect(hideSealed(seal(listed, "CHECKLIST.md"))).toBe("# Do\n\n1. Make the token.\n   PASSWORD=(sensitive)\n");
  });
});

test("credentials in addresses are sealed, and what only looks like one is not", () => {
  const addresses = [
    "https://acct.example.com/raw?sv=2024&sig=hunter2",
    "https://hunter2@host/raw",
    "s3://AKIA:hunter2@bucket",
  ];
  for (const address of addresses) expect(seal(`raw: ${address}\n`)).not.toContain("hunter2");
  const plain =
    "image: nginx:1.25@sha256:abcdef\nargs: [--token-url=https://a.example.com/c]\nrepo: ssh://git@example.com/r\n";
  expect(seal(`${plain}base: https://$(USER)@example.com\n`)).toBe(`${plain}base: https://$(USER)@example.com\n`);
});
