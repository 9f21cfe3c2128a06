/**
 * The attacker reaches the daemon without a token: from the address of its users (the same proxy, the same office), through the
 * browser of one of them (a form on another site), or from addresses of their own. They want to guess a token, or to keep its
 * owner out.
 */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { HttpConfig } from "../../src/model/daemon/daemon-config.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { ask } from "../daemon/web/ask.ts";
import { postForm } from "../daemon/web/sign-in.ts";
import { signInAs } from "./sign-in-as.ts";

/** More than anybody may fail in a minute. */
const MANY = Array.from({ length: 40 }, (_, index) => `guess-number-${index}-0123456789`);
/** Tokens too long to be guessed, and one that is protected by the limit. */
const { operate: LONG, read: SHORT } = TOKENS;

async function startDaemon(http: Partial<HttpConfig> = {}) {
  const world = await openDaemonWorld();
  const { url } = await world.start({}, (config) => ({
    ...config,
    http: { ...config.http, read: "token", ...http },
  }));
  // Limits are of a minute: it does not pass.
  vi.setSystemTime(Date.now());
  onTestFinished(() => void vi.useRealTimers());
  return url;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const readApi = (url: string, headers: Record<string, string> = {}) => ask(`${url}/api/v1/targets`, { headers });
const tryToken = (url: string, token: string, headers: Record<string, string> = {}) =>
  postForm(`${url}/sign-in`, { token }, headers);

async function tryMany(one: (guess: string) => Promise<{ readonly status: number }>): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const guess of MANY) statuses.push((await one(guess)).status);
  return statuses;
}

describe("a form on another site that someone's browser sends", () => {
  test.each([
    ["with its origin", { origin: "https://evil.example.com" }],
    ["without an origin that may be seen", { origin: "null" }],
    ["as the browser says", { "sec-fetch-site": "cross-site" }],
    ["from another name of the same domain", { "sec-fetch-site": "same-site" }],
  ])("%s, counts for nothing: it is refused, and its victim signs in as ever", async (_how, headers) => {
    const url = await startDaemon();
    expect(new Set(await tryMany((guess) => tryToken(url, guess, headers)))).toEqual(new Set([403]));
    expect((await tryToken(url, SHORT)).status).toBe(303);
  });
});

describe("wrong tokens from the address of others", () => {
  test.each([
    ["on the page", (url: string) => (guess: string) => tryToken(url, guess)],
    ["in a header", (url: string) => (guess: string) => readApi(url, bearer(guess))],
  ])("%s are refused sooner after a while, and keep nobody with a long token out", async (_where, tryAt) => {
    const url = await startDaemon();
    const before = await signInAs(url, LONG);
    const statuses = await tryMany(tryAt(url));
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
    expect(statuses.slice(30)).toEqual(Array(10).fill(429));
    expect((await tryToken(url, LONG)).status).toBe(303);
    expect((await readApi(url, bearer(LONG))).status).toBe(200);
    expect((await before.open("/targets/prod")).status).toBe(200);
  });

  test("never find a short one, as it is refused like a wrong one by then, and no longer than a minute", async () => {
    const url = await startDaemon();
    await tryMany((guess) => tryToken(url, guess));
    const [wrong, right] = [await tryToken(url, "another-guess-0123456"), await tryToken(url, SHORT)];
    expect([wrong.status, right.status]).toEqual([429, 429]);
    for (const { headers } of [wrong, right]) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(right.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    const forms = [wrong, right].map(({ text }) => text.replace(/Request <code>[^<]+/, ""));
    expect(forms[0]).toBe(forms[1]);
    expect((await readApi(url, bearer(SHORT))).status).toBe(429);
  });

  test("count for that address alone", async () => {
    const url = await startDaemon({ trusted_proxies: ["127.0.0.1"] });
    const from = (address: string) => ({ "x-forwarded-for": address });
    await tryMany((guess) => tryToken(url, guess, from("203.0.113.7")));
    expect((await tryToken(url, SHORT, from("203.0.113.7"))).status).toBe(429);
    expect((await tryToken(url, SHORT, from("203.0.113.8"))).status).toBe(303);
  });

  test.each([
    ["with the port of each connection", (index: number) => `203.0.113.7:${50_000 + index}`, "203.0.113.7"],
    ["of IPv6 with the port", (index: number) => `[2001:db8::7]:${50_000 + index}`, "2001:db8::7"],
    [
      "and an address of its sender's choice before it",
      (index: number) => `10.0.0.${index}, 203.0.113.7`,
      "203.0.113.7",
    ],
    ["that is none", (index: number) => `unknown-${index}`, "_hidden"],
    ["too long for one", (index: number) => `${"1.".repeat(2_000)}${index}`, "_hidden"],
  ])("count for an address that a proxy sends %s", async (_how, write, same) => {
    const url = await startDaemon({ trusted_proxies: ["127.0.0.1"], requests_per_minute: 20, read: "open" });
    const from = (address: string) => ({ "x-forwarded-for": address });
    for (const [index, guess] of MANY.entries()) await tryToken(url, guess, from(write(index)));
    expect((await tryToken(url, SHORT, from(same))).status).toBe(429);
    for (const index of MANY.keys()) await readApi(url, from(write(index)));
    expect((await readApi(url, from(same))).status).toBe(429);
    expect((await readApi(url, from("203.0.113.8"))).status).toBe(200);
  });

  test("count for a whole network of IPv6, as one machine has many addresses there", async () => {
    const url = await startDaemon({ trusted_proxies: ["127.0.0.1"] });
    await tryMany((guess) => tryToken(url, guess, { "x-forwarded-for": `2001:db8::${guess.length}:${guess[13]}` }));
    expect((await tryToken(url, SHORT, { "x-forwarded-for": "2001:db8::7" })).status).toBe(429);
    expect((await tryToken(url, SHORT, { "x-forwarded-for": "2001:db8:1::7" })).status).toBe(303);
  });
});

describe("a flood of requests without a token", () => {
  test("keeps nobody out who has one, at the same address", async () => {
    const url = await startDaemon({ requests_per_minute: 20, read: "open" });
    const before = await signInAs(url, LONG);
    const flood = await tryMany(() => readApi(url));
    expect(flood).toContain(429);
    expect((await readApi(url, { cookie: "poolkeeper_session=e30.forged" })).status).toBe(429);
    expect((await before.open("/")).status).toBe(200);
    expect((await readApi(url, bearer(TOKENS.approve))).status).toBe(200);
    expect((await ask(`${url}/assets/page.css`)).status).toBe(200);
    expect((await ask(`${url}/sign-in`)).status).toBe(200);
    const later = await signInAs(url, TOKENS.approve);
    expect((await later.open("/")).status).toBe(200);
  });

  test("with a token is one of that token alone", async () => {
    const url = await startDaemon({ requests_per_minute: 20 });
    expect(await tryMany(() => readApi(url, bearer(LONG)))).toContain(429);
    expect((await readApi(url, bearer(TOKENS.approve))).status).toBe(200);
  });
});
