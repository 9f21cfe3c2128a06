/**
 * The attacker reads plans, comments and stores. Secrets stand in Helm values as people write them: in Kubernetes Secrets among extra
 * objects, under keys of every spelling, in headers, and in configuration files that are embedded as text. None is left in clear.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namesSecret } from "../../src/model/sensitive-key.ts";
import { createVault } from "../../src/sealing/create-vault.ts";
import { sealText } from "../../src/sealing/seal-text.ts";
import { createIsSensitive } from "../../src/sealing/sensitive-rules.ts";

const MARK = "mark-0123456789";

function seal(text: string): string {
  const isSensitive = createIsSensitive({ patterns: [], paths: new Map() });
  const vault = createVault({ key: new Uint8Array(32), isSensitive });
  const sealed = sealText({ address: "flyte_clusters.main", path: "values.yaml", text }, vault);
  expect(vault.openText(sealed)).toBe(text);
  return sealed;
}

/** As keys are written. */
const spellings = fc.constantFrom<(words: readonly string[]) => string>(
  (words) => words.join("_"),
  (words) => words.join("-"),
  (words) => words.join(".").toUpperCase(),
  (words) => words.join("_").toUpperCase(),
  (words) => words.map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`)).join(""),
  (words) => words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join(""),
);
const secretWords = fc.constantFrom(
  ...["password", "passwd", "passphrase", "pass", "pw", "pwd", "psk", "jwt", "cookie", "token", "tokens", "secret"],
  ...["credential", "credentials", "authorization"],
);

describe("keys", () => {
  test("that end with a word for a secret name one, in every spelling and with a number", () => {
    fc.assert(
      fc.property(
        secretWords,
        fc.constantFrom([], ["db"], ["my", "app"]),
        fc.constantFrom("", "2", "10"),
        spellings,
        (word, before, number, spell) => {
          expect(namesSecret(`${spell([...before, word])}${number}`)).toBe(true);
        },
      ),
    );
  });

  test.each([
    ...[
      "bypass",
      "compass",
      "passthrough",
      "tokenizer",
      "max_tokens",
      "maxTokens",
      "pass_through",
      "passive",
      "cookies_enabled",
    ],
    ...["cookieDomain", "jwtIssuer", "passes", "powered", "secretName", "existingSecret", "tokenUrl", "keyboard"],
  ])("like %s do not", (key) => {
    expect(namesSecret(key)).toBe(false);
  });
});

describe("Helm values", () => {
  test.each([
    [`extraObjects:\n- apiVersion: v1\n  kind: Secret\n  stringData:\n    foo: ${MARK}\n`],
    [`extraObjects:\n- {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {foo: ${MARK}}}\n`],
    [`apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  data:\n    foo: ${MARK}\n`],
    [`apiVersion: v1\nkind: SecretList\nitems:\n- data:\n    foo: ${MARK}\n`],
    [`a: {b: {c: {kind: List, items: [{kind: Secret, stringData: {foo: {x: ${MARK}}}}]}}}\n`],
    [`extraObjects:\n- |\n  apiVersion: v1\n  kind: Secret\n  stringData:\n    foo: ${MARK}\n`],
    [`extraObjects:\n- |\n  apiVersion: v1\n  kind: ConfigMap\n  ---\n  kind: Secret\n  data:\n    foo: ${MARK}\n`],
    [`extraObjects:\n- "kind: Secret\\ndata:\\n  foo: ${MARK}\\n"\n`],
  ])("hold the entries of a Kubernetes Secret sealed wherever it stands: %j", (text) => {
    const sealed = seal(text);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toMatch(/extraObjects|items/);
  });

  test.each([
    [`nested: |\n  db:\n    host: keep-me\n    password: ${MARK}\n`],
    [`config: |\n  [db]\n  host=keep-me\n  password=${MARK}\n`],
    [`dsn: "host=keep-me user=u password=${MARK}"\n`],
    [`json: '{"host": "keep-me", "password": "${MARK}"}'\n`],
    [`args: ["--host=keep-me", "--password=${MARK}"]\n`],
    [`args: ["--host", "keep-me", "--db-password", "${MARK}"]\n`],
    [`host: keep-me\nheaders: {Authorization: "Bearer ${MARK}"}\n`],
    [`host: keep-me\nheaders: {X-Forward: "Bearer ${MARK}"}\n`],
    [`host: keep-me\nannotations: {x: "Authorization: Basic ${MARK}="}\n`],
    [`host: keep-me\nenv: [{name: DB_PASS, value: ${MARK}}, {key: DB_PASSWORD, value: ${MARK}}]\n`],
    [`host: keep-me\ndb: {pass: ${MARK}, DB_PASS: ${MARK}, token2: ${MARK}}\n`],
    [`# host: keep-me\n# password: ${MARK}\na: b\n`],
  ])("hold no secret in clear, and stay readable: %j", (text) => {
    const sealed = seal(text);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toContain("keep-me");
  });

  test.each([
    ["a: Basic authentication is off, the bearer of this is nobody\n"],
    ["a: |\n  secretName: some-name\n  tokenPath: /var/run/token\n"],
    ['args: ["--max-tokens=100", "--token-file=/a", "--bypass=1"]\n'],
  ])("that only speak of secrets are left as they are: %j", (text) => {
    expect(seal(text)).toBe(text);
  });
});
