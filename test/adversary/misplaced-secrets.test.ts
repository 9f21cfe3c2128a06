/**
 * The attacker reads the log of a job that checks the daemon's configuration. Its operator has written a secret where the file belongs that
 * holds it, or into an address.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const MARK = "0123456789MARK0123456789MARK";
const SECRETS = [
  `ghp_${MARK}`,
  `postgres://poolkeeper:${MARK}@db.example.com/poolkeeper`,
  `https://hooks.example.com/${MARK}`,
  `-----BEGIN OPENSSH PRIVATE KEY-----${MARK}`,
];

const describe = (secret: string) => ({
  store: { database_url: { file: secret } },
  http: { tokens: [{ name: "ci", role: "read", secret: { file: secret } }] },
  notifications: [{ name: "chat", type: "slack", url: { file: secret } }],
  targets: [
    {
      name: "prod",
      repository: {
        ...{ url: "git@git.example.com:pools.git", ssh_key: secret, known_hosts: secret, ca_file: secret },
        webhook: { forge: "github", secret: { file: secret } },
        pull_requests: { forge: "github", app: { id: 1, installation: 1, key: { file: secret } } },
      },
      control_plane: { endpoint: "https://acme.example.com", org: "acme", token: { file: secret } },
    },
  ],
});

const PLACES = [
  ...["store.database_url.file", "http.tokens[0].secret.file", "notifications[0].url.file"],
  ...["repository.ssh_key", "repository.known_hosts", "repository.ca_file", "repository.webhook.secret.file"],
  ...["repository.pull_requests.app.key.file", "control_plane.token.file"],
];

test.each(SECRETS)("a secret in the place of its file is an error, which does not repeat it: %s", async (secret) => {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "poolkeeper.yaml"), JSON.stringify(describe(secret)));
  for (const format of [[], ["--json"]]) {
    const checked = await runInProcess(["config", "check", "poolkeeper.yaml", ...format], {}, folder);
    expect(checked.code).toBe(3);
    expect(checked.stdout + checked.stderr).not.toContain("MARK");
    for (const place of PLACES) expect(checked.stdout + checked.stderr).toContain(place);
    expect((checked.stdout + checked.stderr).split("config-literal-secret").length - 1).toBe(PLACES.length);
  }
});

test.each([
  `https://user:${MARK}@git.example.com/out.git`,
  `https://${MARK}@git.example.com/out.git`,
  `https://user:${MARK}@git.example.com/out.git#`,
  `https://user:${MARK}@git.example.com/out.git#main`,
  `user:${MARK}@git.example.com:out.git`,
])("nor does a command repeat what is in the address of a delivery: %s", async (address) => {
  const folder = makeTemporaryFolder();
  const flags = ["--endpoint", "http://127.0.0.1:1", "--org", "acme", "--deliver", address];
  const planned = await runInProcess(["plan", ".", ...flags], {}, folder);
  expect(planned.code).not.toBe(0);
  expect(planned.stdout + planned.stderr).not.toContain("MARK");
  expect(planned.stderr).toContain("Error: ");
});
