/**
 * The attacker reads plans, comments and stores. Secrets stand in Helm values as people write them: in Kubernetes Secrets among extra
 * objects, under keys of every spelling, in headers, and in configuration files that are embedded as text. None is left in clear.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namesSecret } from "../../src/model/secrets/sensitive-key.ts";
import { createVault } from "../../src/sealing/create-vault.ts";
import { sealText } from "../../src/sealing/seal-text.ts";
import { createIsSensitive } from "../../src/sealing/sensitive-rules.ts";

const MARK = "mark-0123456789";

function seal(text: string): string {
  const isSensitive = createIsSensitive({ patterns: [], own: new Map() });
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
    ["an alias", `host: keep-me\nouter: |\n  kind: Secret\n  x: &a 1\n  y: *a\n  stringData:\n    dsn: ${MARK}\n`],
    ["an alias below a key", `host: keep-me\nouter: |\n  x: &a 1\n  y: *a\n  passwords:\n  - ${MARK}\n`],
    ["an alias and a comment", `host: keep-me\nx: &a 1\ny: *a\n# password: ${MARK}\n# host: keep-me\n`],
    ["tabs", `host: keep-me\nouter: |\n  kind: Secret\n  stringData:\n  \tdsn: ${MARK}\n`],
    ["brackets left open", `host: keep-me\nouter: '{"kind": "Secret", "stringData": {"dsn": "${MARK}"}'\n`],
    ["a block in a list", `- keep-me\n- |\n  a: *b\n  token:\n      ${MARK}\n`],
  ])("hold embedded text that does not parse sealed line by line: %s", (_what, text) => {
    const sealed = seal(text);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toContain("keep-me");
  });

  test.each([
    [
      `a: |\n  kind: Secret\n  name: keep-me\n  stringData:\n    {{- if .Values.x }}\n    dsn: ${MARK}\n    {{- end }}\n`,
    ],
    [
      `a: |\n  {{- if .x }}\n  kind: ConfigMap\n  {{- else }}\n  kind: Secret\n  {{- end }}\n  name: keep-me\n  data:\n    dsn: ${MARK}\n`,
    ],
    [`a: |\n  {{ keep-me }}\n  password: |\n    ${MARK}\n`],
    [`a: |\n  {{ keep-me }}\n  password: >-\n    ${MARK}\n`],
    [`a: |\n  {{ keep-me }}\n  passwords:\n  - ${MARK}\n`],
    [`a: |\n  name: {{ keep-me }}\n  password:\n    value: ${MARK}\n`],
    [`a: |\n  name: {{ keep-me }}\n  {{ .x }}_password: "{{ .y }}${MARK}"\n`],
    [`a: |\n  name: keep-me\n  {{ $password := "${MARK}" }}\n`],
    [`a: |\n  name: keep-me\n  {{- /* password: ${MARK}\n  */}}\n`],
  ])("hold the secrets of embedded templates sealed, and the rest readable: %j", (text) => {
    const sealed = seal(text);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toContain("keep-me");
  });

  test.each([
    [`a: '{"kind": "Secret", "name": "keep-me", "stringData": {"dsn": "${MARK}"}}'\n`],
    [`a: '{"name": "keep-me", "password": {"v": "${MARK}"}}'\n`],
    [`a: '[{"name": "keep-me", "passwords": [["x"], "${MARK}"]}]'\n`],
    [`b: keep-me\na: "{\\"kind\\": \\"Secret\\", \\"data\\": {\\"dsn\\": \\"${MARK}\\"}}"\n`],
    [`b: keep-me\na: '{"kind": "Secret", "note": "it''s", "data": {"dsn": "${MARK}"}}'\n`],
    [`a: "{kind: Secret, name: keep-me, data: {dsn: ${MARK}}}"\n`],
  ])("hold the secrets of JSON within quotes sealed: %j", (text) => {
    const sealed = seal(text);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toContain("keep-me");
  });

  test.each([
    [`# keep-me\n# password:\n#   ${MARK}\n`],
    [`# keep-me\n# password:\n# ${MARK}\n`],
    [`# keep-me and this:\n#\n# passwords:\n# - x\n# - ${MARK}\n`],
    [`a: keep-me # token:\n  # ${MARK}\n`],
    [`## keep-me\n## token: |\n##   x\n##   ${MARK}\n`],
    [`# name: keep-me\n# kind: Secret\n# stringData:\n#   dsn: ${MARK}\n`],
    [`db:\n  host: keep-me\n  # {kind: Secret, data: {dsn: ${MARK}}}\n`],
  ])("hold the secrets of comments sealed, over their lines: %j", (text) => {
    const sealed = seal(`${text}z: 1\n`);
    expect(sealed).not.toContain(MARK);
    expect(sealed).toContain("keep-me");
  });

  test("hold an entry of a Secret sealed however the text around it is written", () => {
    const disturbances = fc.constantFrom(
      ...[
        "",
        "x: &a 1\ny: *a",
        "{{ include . }}",
        "{{- if .x }}\nb: 1\n{{- end }}",
        "c: {{ .y }}",
        "\td: 1",
        "e: [1",
        "? {f: 1}\n: g",
      ],
    );
    const embed = fc.constantFrom<(text: string) => string>(
      (text) => `a: |\n  ${text.replaceAll("\n", "\n  ")}\n`,
      (text) => `- |-\n    ${text.replaceAll("\n", "\n    ")}\n`,
      (text) => `a: ${JSON.stringify(text)}\n`,
    );
    const entries = fc.constantFrom(
      ...[`kind: Secret\nstringData:\n  dsn: ${MARK}`, `passwords:\n- ${MARK}`, `token: |\n  x\n  ${MARK}`],
      ...[`kind: Secret\ndata: {dsn: ${MARK}}`, `{kind: Secret, data: {dsn: ${MARK}}}`],
    );
    fc.assert(
      fc.property(disturbances, entries, disturbances, embed, (before, entry, after, write) => {
        const text = [before, entry, after].filter((part) => part !== "").join("\n");
        expect(seal(write(text))).not.toContain(MARK);
      }),
    );
  });

  test.each([
    ["a: Basic authentication is off, the bearer of this is nobody\n"],
    ["a: |\n  secretName: some-name\n  tokenPath: /var/run/token\n"],
    [
      "a: |\n  kind: Namespace\n  metadata:\n    name: {{ namespace }}\n    {{- if .x }}\n    labels: {a: b}\n    {{- end }}\n",
    ],
    ['a: |\n  set -e\n  for x in a b; do\n    echo "$x: {{ y }}"\n  done\n'],
    ['a: \'{"secretName": "s", "max_tokens": 1}\'\nb: "[fe80::1]:80"\nc: \'x: y: z\'\n'],
    ["# Note: the password is in the vault.\n# See: there, and here: x\n# - a list\na: b\n"],
    ['args: ["--max-tokens=100", "--token-file=/a", "--bypass=1"]\n'],
  ])("that only speak of secrets are left as they are: %j", (text) => {
    expect(seal(text)).toBe(text);
  });
});

/** What other formats than YAML write without `:` or `=` between a key and its value, or on other lines. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  "Hadoop's XML": `<property><name>fs.s3a.secret.key</name><value>${MARK}</value></property>`,
  "XML over lines": `<property>\n  <name>javax.jdo.option.ConnectionPassword</name>\n  <value>${MARK}</value>\n</property>`,
  "an element of XML": `<server><password>${MARK}</password></server>`,
  "an XML property list": `<key>password</key><string>${MARK}</string>`,
  fluentd: `<match **>\n  @type elasticsearch\n  password ${MARK}\n  aws_sec_key ${MARK}\n</match>`,
  redis: `requirepass ${MARK}`,
  "a Dockerfile": `FROM x\nENV DB_PASSWORD ${MARK}`,
  "a tab": `password\t${MARK}`,
  ".netrc": `machine h login u password ${MARK}`,
  SQL: `CREATE USER x IDENTIFIED BY '${MARK}'; ALTER ROLE y PASSWORD '${MARK}'`,
  "an index": `settings['DB_PASSWORD'] = '${MARK}'`,
  "Terraform's variables": `variable "password" { default = "${MARK}" }`,
  "a continued line": `db.password=\\\n  ${MARK}\nother=x`,
  "TOML over lines": `password = """\nfirst\n${MARK}\n"""\nother = 1`,
  "a heredoc": `password = <<EOT\nfirst\n${MARK}\nEOT\nother = 1`,
  "Oracle's address": `jdbc:oracle:thin:u/${MARK}@//h:1521/s`,
  curl: `curl -u user:${MARK} https://h`,
  mysql: `mysql -u root -p${MARK} db`,
  "docker's credentials": `{"auths":{"r.io":{"auth":"${Buffer.from(`u:${MARK}`).toString("base64")}"}}}`,
};

describe.each(["block", "quoted"] as const)("in a %s text of values,", (style) => {
  test.each(Object.entries(OTHER_FORMATS))("a secret of %s is not left in clear", (_format, text) => {
    const indented = text.replace(/^/gm, "    ");
    const values =
      style === "block" ? `more:\n  config: |\n${indented}\n` : `more:\n  config: ${JSON.stringify(text)}\n`;
    const sealed = seal(values);
    expect(sealed).not.toContain(MARK);
    expect(sealed).not.toContain(Buffer.from(`u:${MARK}`).toString("base64"));
  });
});

test.each([
  "the password is asked for",
  "token path",
  "secret store",
  "a description of the password policy",
  "<b>bold</b> text",
])("prose is left as it is: %s", (text) => {
  expect(seal(`about: ${JSON.stringify(text)}\n`)).toBe(`about: ${JSON.stringify(text)}\n`);
});

test("a text of more secrets than people write is sealed as one, and takes no memory for each", () => {
  const vault = createVault({
    key: new Uint8Array(32),
    isSensitive: createIsSensitive({ patterns: [], own: new Map() }),
  });
  const text = `config: |\n${Array.from({ length: 20_000 }, (_, at) => `  PASSWORD=${MARK}${at}\n`).join("")}`;
  const sealed = sealText({ address: "flyte_clusters.main", path: "values.yaml", text }, vault);
  expect(sealed).not.toContain(MARK);
  expect(vault.openText(sealed)).toBe(text);
  expect(sealed.length).toBeLessThan(200);
});
