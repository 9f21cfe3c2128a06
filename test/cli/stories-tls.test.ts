import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { REPOSITORY } from "./manifests.ts";
import { openDesk } from "./run-program.ts";

const CERTIFICATE = join(import.meta.dirname, "..", "embedded", "certificate");
const AUTHORITY = join(CERTIFICATE, "ca.pem");
const [RIGHT, WRONG] = ["right-token-4471", "wrong-token-8812"];

async function openGuardedDesk() {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(CERTIFICATE, name), "utf8"));
  const desk = await openDesk("2026-11", { token: RIGHT, tls: { cert: cert ?? "", key: key ?? "" } });
  desk.write(REPOSITORY);
  return desk;
}

describe("a control plane behind TLS and a token", () => {
  test("lets in who trusts its authority and has the token; the token is in no output and no saved plan", async () => {
    const desk = await openGuardedDesk();
    const plan = ["plan", desk.repository, "--json"];
    const [byFile, unchecked, distrusted, refused] = await Promise.all([
      desk.run([...plan, "--ca-file", AUTHORITY, "--token", RIGHT, "--out", "plan.json"]),
      desk.run([...plan, "--insecure-skip-verify"], { POOLKEEPER_TOKEN: RIGHT }),
      desk.run(plan, { POOLKEEPER_TOKEN: RIGHT }),
      desk.run(plan, { POOLKEEPER_CA_FILE: AUTHORITY, POOLKEEPER_TOKEN: WRONG }),
    ]);
    expect([byFile.code, unchecked.code]).toEqual([0, 0]);
    expect([distrusted.code, JSON.parse(distrusted.stdout).error.code]).toEqual([1, "tls_untrusted"]);
    expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([1, "unauthenticated"]);
    const printed = [byFile, unchecked, distrusted, refused].map(({ stdout, stderr }) => stdout + stderr).join("");
    expect(printed + readFileSync(join(desk.folder, "plan.json"), "utf8")).not.toMatch(/right-token|wrong-token/);
    const applied = await desk.run(["apply", "plan.json", "--auto-approve"], {
      ...{ POOLKEEPER_CA_FILE: AUTHORITY, POOLKEEPER_TOKEN: RIGHT },
    });
    expect(applied.code).toBe(0);
  });

  test("a CA file that holds no certificate is named as the fault", async () => {
    const desk = await openGuardedDesk();
    writeFileSync(join(desk.folder, "authority.pem"), "not a certificate\n");
    const { code, stdout } = await desk.run(["status", "--json", "--ca-file", "authority.pem", "--token", RIGHT]);
    expect([code, JSON.parse(stdout).error]).toMatchObject([1, { code: "ca_file" }]);
  });

  test("a config file of the flyte client that is broken stops nobody who names everything without it", async () => {
    const desk = await openGuardedDesk();
    mkdirSync(join(desk.folder, ".flyte"));
    writeFileSync(join(desk.folder, ".flyte", "config.yaml"), "admin: [\n");
    const { code, stderr } = await desk.run(["status", "--ca-file", AUTHORITY, "--token", RIGHT]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});
