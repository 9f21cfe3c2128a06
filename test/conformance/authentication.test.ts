import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ServeOptions, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runFlyte } from "../set-up/real-client.ts";
import { runPoolkeeper } from "../set-up/run-poolkeeper.ts";

const CERTIFICATES = join(import.meta.dirname, "..", "embedded", "certificate");
const CA = join(CERTIFICATES, "ca.pem");
/** With letters that a form encodes. */
const SECRET = "a secret+with/odd=letters&more%";
const TOKEN = "a-token-that-never-ends";

/** Serves TLS on localhost and writes the config file that the upstream client and poolkeeper read, with this in `admin`. */
async function serve(generation: Generation, options: Partial<ServeOptions>, admin: readonly string[]) {
  const pem = (file: string) => readFileSync(join(CERTIFICATES, file), "utf8");
  const tls = { cert: pem("cert.pem"), key: pem("key.pem") };
  const served = await serveControlPlane({ generation, org: "acme", host: "127.0.0.1", tls, ...options });
  onTestFinished(() => served.close());
  const home = makeTemporaryFolder();
  const file = join(home, ".flyte", "config.yaml");
  const endpoint = `dns:///localhost:${new URL(served.url).port}`;
  const lines = ["admin:", `  endpoint: ${endpoint}`, `  caCertFilePath: ${CA}`, ...admin, "task:", "  org: acme"];
  mkdirSync(join(home, ".flyte"));
  writeFileSync(file, lines.join("\n"));
  return {
    flyte: (env = {}) =>
      runFlyte({ generation, args: ["--config", file, "get", "cluster-pool"], env: { SSL_CERT_FILE: CA, ...env } }),
    poolkeeper: (env = {}) => runPoolkeeper(["status"], { HOME: home, ...env }),
    url: served.url,
  };
}

const CLIENT_SECRET = ["  authType: ClientSecret", "  clientId: ci", "  clientSecretEnvVar: THE_SECRET"];

describe.each(["2026-07", "2026-11"] as const)("authentication over TLS on a control plane of %s", (generation) => {
  const oauth = { clientId: "ci", clientSecret: SECRET };

  test("client credentials from the same config file let the upstream client and poolkeeper in", async () => {
    const { flyte, poolkeeper } = await serve(generation, { oauth }, CLIENT_SECRET);
    const [theirs, ours] = await Promise.all([flyte({ THE_SECRET: SECRET }), poolkeeper({ THE_SECRET: SECRET })]);
    expect(theirs).toMatchObject({ code: 0, stdout: expect.stringContaining("acme-default-metadata") });
    expect(ours).toMatchObject({ code: 0, stdout: expect.stringContaining("acme-default-metadata") });
  });

  test("a wrong secret lets neither in, and poolkeeper does not print it", async () => {
    const { flyte, poolkeeper } = await serve(generation, { oauth }, CLIENT_SECRET);
    const wrong = { THE_SECRET: "a-wrong-secret" };
    const [theirs, ours] = await Promise.all([flyte(wrong), poolkeeper(wrong)]);
    expect(theirs.code).toBe(1);
    expect(`${theirs.stdout}${theirs.stderr}`).toContain("401");
    expect(ours).toMatchObject({ code: 1, stderr: expect.stringContaining("Error:") });
    expect(`${ours.stdout}${ours.stderr}`).not.toContain("a-wrong-secret");
  });

  test("a bearer token from an external command lets both in, and poolkeeper also takes it as a flag", async () => {
    const external = ["  authType: ExternalCommand", `  command: [echo, ${TOKEN}]`];
    const { flyte, poolkeeper, url } = await serve(generation, { token: TOKEN }, external);
    const place = ["--endpoint", url, "--org", "acme", "--ca-file", CA];
    const answers = await Promise.all([
      flyte(),
      poolkeeper(),
      runPoolkeeper(["status", ...place, "--token", TOKEN]),
      runPoolkeeper(["status", ...place]),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 1]);
  });
});
