/**
 * The attacker has a server that poolkeeper asks: it names addresses and objects as it likes, at any length, with line breaks and signs that
 * steer a terminal. An error that repeats such a name stays short and on one line.
 */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { decodeLifecycleState } from "../../src/systems/control-plane/lifecycle-state-codec.ts";
import { createFailure } from "../../src/systems/http/create-failure.ts";
import { answered } from "../../src/systems/http/describe-failures.ts";
import { Secret } from "../../src/systems/http/secret.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open } from "../systems/control-plane/fixtures/open.ts";
import { serveGuarded } from "../systems/control-plane/fixtures/serve-guarded.ts";

const FORGED = "\u001b[31m\u202e\u2028\r\nForged line: all is well";
const LONG = "x".repeat(300_000);
/** Of a sentence around a name that is cut. */
const MOST = 2_000;

function expectShortLine(message: string): void {
  expect(message.length).toBeLessThan(MOST);
  expect(message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
}

const answer = (status: number, body: object) => (response: ServerResponse) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

describe("a token endpoint that a control plane names", () => {
  const credentials = {
    kind: "client_credentials",
    clientId: "robot",
    clientSecret: new Secret("s3cr3t-of-the-robot"),
  } as const;

  test.each([
    ["no address", () => `nowhere${FORGED}${LONG}`, "token_endpoint_unsafe"],
    ["one without TLS", () => `http://example.com/${FORGED}${LONG}`, "token_endpoint_unsafe"],
    ["nothing that answers", (own: string) => `${own}/${FORGED}${LONG}`, "token_refused"],
    [
      "one that refuses",
      (own: string) => `${own}/token#${FORGED}${LONG}`,
      "token_refused",
      answer(401, { error: "invalid_client" }),
    ],
    ["one that is down", (own: string) => `${own}/token#${FORGED}${LONG}`, "token_unavailable", answer(503, {})],
    ["one without tokens", (own: string) => `${own}/token#${FORGED}${LONG}`, "token_bad_answer", answer(200, {})],
    ["an unreachable one", () => `http://127.0.0.1:1/#${FORGED}${LONG}`, "connection_refused"],
  ])(
    "and that is %s is repeated cut and on one line",
    async (_what, name, code, answerToken?: (response: ServerResponse) => void) => {
      const guarded = await serveGuarded();
      guarded.tokenEndpoint = name(guarded.endpoint);
      if (answerToken !== undefined) guarded.answerToken = answerToken;
      const { reader } = open({ endpoint: guarded.endpoint, credentials }, { retries: 0 });
      const failure = await failureOf(reader.getQueue("q"));
      expect(failure.code).toBe(code);
      expectShortLine(failure.message);
    },
  );
});

test("a call and an endpoint with a name that a server gave are repeated cut and on one line", () => {
  for (const unreached of [true, false]) {
    const entry = { ...answered("stop", false, "was refused", "Look."), unreached };
    const call = {
      call: `GET /p/${FORGED}${LONG}`,
      server: "S",
      endpoint: `https://a/${FORGED}${LONG}`,
      write: false,
      redact: String,
    };
    expectShortLine(createFailure("x", entry, call, { words: "no", maybeSent: true }).message);
  }
});

test("a record in a state that is not known is named cut and on one line", () => {
  const decode = () => decodeLifecycleState(`cluster ${FORGED}${LONG}`, 77, undefined);
  expect(decode).toThrow(/state 77/);
  try {
    decode();
  } catch (error) {
    expectShortLine(String(error));
  }
});
