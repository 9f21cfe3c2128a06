/**
 * The attacker is the forge of one target, called as a GitHub App: so it chooses the tokens that it is called with, and how long they last.
 * What it chooses is a secret of that target's calls alone: no other text is searched for it, and nothing of the configuration is forgotten for it.
 */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { openGithub } from "../../src/pull-requests/forge/github.ts";
import { redactKnownSecrets, rememberSecret } from "../../src/systems/http/known-secrets.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { everythingOf, failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { countSteps } from "./count-steps.ts";

const KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
}).privateKey;
const HOUR_MS = 3_600_000;
const SPELLING = /\/src\/systems\/http\/spell-secret/;

/** A forge that issues these tokens in turn, and answers all else with a status and the words `repeat` makes of the token that came. */
async function openForge(issue: (count: number) => { readonly token: string; readonly lifeMs?: number }, status = 403) {
  const counts = { issued: 0, calls: 0 };
  const state = { repeat: (sent: string) => `${sent} may not` };
  const port = await serve((request, response) => {
    if (request.url?.endsWith("/access_tokens") === true) {
      const { token, lifeMs = HOUR_MS } = issue(counts.issued);
      counts.issued += 1;
      const expires_at = new Date(Date.now() + lifeMs).toISOString();
      return void response.writeHead(201).end(JSON.stringify({ token, expires_at }));
    }
    counts.calls += 1;
    const sent = (request.headers.authorization ?? "").replace("token ", "");
    response.writeHead(status).end(JSON.stringify({ message: state.repeat(sent) }));
  });
  const access = { kind: "app", app_id: 1, installation_id: 1, key: () => KEY } as const;
  const common = { kind: "github", repository: "acme/pools", timeoutMs: PATIENCE_MS, ca: null } as const;
  const forge = openGithub({ ...common, url: `http://127.0.0.1:${port}`, access });
  onTestFinished(() => forge.close());
  return { counts, state, fail: () => failureOf(forge.listOpen("main")) };
}

describe("a token of an installation", () => {
  test.each([
    ["made of signs that each encoding spells longer", { token: `"<&é%`.repeat(30) }],
    ["two words", { token: "one two" }],
    ["longer than any name", { token: "a".repeat(4_097) }],
    ["good for a minute", { token: "ghs_0123456789", lifeMs: 60_000 }],
    ["out of date", { token: "ghs_0123456789", lifeMs: -HOUR_MS }],
  ])("is not taken where it is %s", async (_name, token) => {
    const { counts, fail } = await openForge(() => token);
    const failure = await fail();
    expect(failure).toMatchObject({ code: "forge_answer", next: "stop" });
    expect(everythingOf(failure)).not.toContain(token.token.slice(0, 6));
    expect(counts).toEqual({ issued: 1, calls: 0 });
  });

  test("is taken out of what the forge repeats, and of no other text", async () => {
    const { fail } = await openForge(() => ({ token: "production" }));
    expect(everythingOf(await fail())).not.toContain("production");
    expect(redactKnownSecrets("target production")).toBe("target production");
  });

  test("is taken out where another has replaced it", async () => {
    const { state, fail } = await openForge((count) => ({ token: `ghs_token-number-${count}` }), 401);
    state.repeat = () => "ghs_token-number-0 or ghs_token-number-1";
    expect(everythingOf(await fail())).not.toContain("token-number");
  });

  test("leaves what is known of the configuration as it is, in any number", async () => {
    rememberSecret("a reference", "secret-of-the-configuration");
    const { counts, fail } = await openForge((count) => ({ token: `ghs_token-number-${count}` }), 401);
    for (let call = 0; call < 20; call += 1) await fail();
    expect(counts.issued).toBeGreaterThan(20);
    expect(await countSteps(() => redactKnownSecrets("secret-of-the-configuration"), SPELLING)).toBe(0);
    expect(redactKnownSecrets("secret-of-the-configuration ghs_token-number-3")).toBe("*** ghs_token-number-3");
  });
});
