import { describe, expect, test } from "vitest";
import { namesSecret } from "../../src/model/secrets/sensitive-key.ts";
import { createIsSensitive } from "../../src/sealing/sensitive-rules.ts";

const NOTHING = { patterns: [], own: new Map() };

describe("a key", () => {
  test.each([
    ...[
      "password",
      "DB_PASSWORD",
      "dbPassword",
      "db-password",
      "dbpassword",
      "PGPASSWD",
      "sslPassphrase",
      "pwd",
      "DB_PWD",
    ],
    ...["token", "authToken", "GITHUB_TOKEN", "access_tokens", "secret", "clientSecret", "AWS_SECRET_ACCESS_KEY"],
    ...[
      "apiKey",
      "API_KEY",
      "api-key",
      "apikey",
      "accessKey",
      "accessKeyId",
      "private_key",
      "credentials",
      "signingKey",
    ],
  ])("%s names a secret", (key) => {
    expect(namesSecret(key)).toBe(true);
  });

  test.each([
    ...["secretName", "secret_name", "tokenPath", "token_file", "secretKeyRef", "secretRef", "imagePullSecrets"],
    ...["existingSecret", "existingSecretPasswordKey", "tokenUrl", "token_ttl", "passwordLength", "secretStoreRef"],
    ...["tokenizer", "name", "key", "monkey", "keyboard", "cwd", "certPath", "team", "secretsManager", ""],
  ])("%s does not", (key) => {
    expect(namesSecret(key)).toBe(false);
  });
});

describe("a path", () => {
  const isSensitive = createIsSensitive(NOTHING);

  test.each([
    ["settings.acme", ["environment_variables", "LOG_LEVEL"]],
    ["settings.acme/dev", ["environment_variables"]],
    ["settings.acme", ["labels", "vault-token"]],
    ["flyte_clusters.main", ["db", "admin", "password"]],
    ["flyte_clusters.main", ["secrets", "db"]],
    ["flyte_clusters.main", ["env", "value", "DB_PASSWORD"]],
  ] as const)("of %s, %j, is sensitive", (address, path) => {
    expect(isSensitive(address, path)).toBe(true);
  });

  test.each([
    ["settings.acme", ["labels", "team"]],
    ["settings.acme", ["run.default_queue"]],
    ["flyte_clusters.main", ["volumes", "secret", "secretName"]],
    ["flyte_clusters.main", ["volumes", "secret", "items", "key"]],
    ["flyte_clusters.main", ["env", "valueFrom", "secretKeyRef", "key"]],
    ["flyte_clusters.main", ["environment_variables", "A"]],
  ] as const)("of %s, %j, is not", (address, path) => {
    expect(isSensitive(address, path)).toBe(false);
  });

  test("is sensitive by the patterns of the operator and of its own manifest, with all that lies below; the default queue never is", () => {
    const named = createIsSensitive({
      patterns: ["settings.*.annotations.*", "*.run.default_queue"],
      own: new Map([["settings.acme", { patterns: ["labels.cost*"], paths: ["app"] }]]),
    });
    expect(named("settings.acme/dev", ["annotations", "a.b/c"])).toBe(true);
    expect(named("settings.acme", ["labels", "cost-center"])).toBe(true);
    expect(named("settings.acme", ["app", "deep", "er"])).toBe(true);
    expect(named("settings.acme/dev", ["labels", "cost-center"])).toBe(false);
    expect(named("settings.acme", ["application"])).toBe(false);
    expect(named("settings.acme", ["run.default_queue"])).toBe(false);
  });
});
