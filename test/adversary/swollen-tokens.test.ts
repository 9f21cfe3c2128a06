/**
 * The attacker is the control plane of one target, which names its own token endpoint: so it chooses the access token that the daemon sends
 * with each call and takes out of each message. What it chooses costs one small redactor, however many calls fail.
 */
import { describe, expect, test } from "vitest";
import { Secret } from "../../src/systems/http/secret.ts";
import { everythingOf, failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open } from "../systems/control-plane/fixtures/open.ts";
import { serveGuarded } from "../systems/control-plane/fixtures/serve-guarded.ts";
import { countSteps } from "./count-steps.ts";

const credentials = {
  kind: "client_credentials",
  clientId: "robot",
  clientSecret: new Secret("s3cret-of-a-robot"),
} as const;

/** A control plane that refuses each call, and repeats the token that came with it. Its token endpoint gives these in turn, the last one for ever. */
async function serveTokens(tokens: readonly string[]) {
  const guarded = await serveGuarded();
  const left = [...tokens];
  guarded.answerToken = (response) => {
    const access_token = left.length > 1 ? left.shift() : left[0];
    response.writeHead(200).end(JSON.stringify({ access_token, expires_in: 3600 }));
  };
  const { reader } = open({ endpoint: guarded.endpoint, credentials }, { retries: 0 });
  return { guarded, fail: () => failureOf(reader.getQueue("q")) };
}

describe("an access token that a control plane chooses", () => {
  test.each([
    ["a list of texts in JSON", JSON.stringify(Array.from({ length: 9_000 }, (_, index) => `text-${index}`))],
    ["signs that each encoding spells longer", `"<&é%`.repeat(30)],
    ["two words", "one two"],
    ["lines", "one\ntwo"],
    ["more letters than a header has", "a".repeat(16_001)],
    ["letters of another alphabet", "токен-для-пула"],
  ])("is not taken where it is %s", async (_name, token) => {
    const { guarded, fail } = await serveTokens([token]);
    const failure = await fail();
    expect(failure).toMatchObject({ code: "token_bad_answer", next: "stop", outcomeUnknown: false });
    expect(failure.message).not.toContain(token.slice(0, 6));
    expect(guarded.counts.calls).toBe(0);
  });

  test("is not looked for in an answer with more values than one that has a token", async () => {
    const { guarded, fail } = await serveTokens([]);
    const body = JSON.stringify({ access_token: "token-among-many", expires_in: 0, scopes: Array(20_000).fill({}) });
    guarded.answerToken = (response) => response.writeHead(200).end(body);
    expect(await fail()).toMatchObject({ code: "token_bad_answer", next: "stop" });
    expect(guarded.counts.calls).toBe(0);
  });

  test("is taken in each form of a bearer token, and spelled once for all messages about calls that fail", async () => {
    const token = "eyJhbGciOi.J9~x-Y_z+0/1".repeat(600).concat("==");
    const { guarded, fail } = await serveTokens([token]);
    const failure = await fail();
    expect(failure.code).toBe("unauthenticated");
    expect(everythingOf(failure)).not.toContain("eyJhbGciOi");
    const spelled = await countSteps(async () => {
      for (let call = 0; call < 5; call += 1) expect(everythingOf(await fail())).not.toContain("eyJhbGciOi");
    }, /\/src\/systems\/http\/spell-secret/);
    expect(spelled).toBe(0);
    expect(guarded.counts.calls).toBeGreaterThan(5);
  });

  test("is no more shown where another has taken its place", async () => {
    const { guarded, fail } = await serveTokens(["first-token-0001", "second-token-0002"]);
    await fail();
    guarded.repeated = "first-token-0001 and second-token-0002";
    expect(everythingOf(await fail())).not.toMatch(/first-token|second-token/);
  });
});
