import { createHmac, hkdfSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WebOptions } from "../../../src/daemon/web/access/web-options.ts";
import type { HttpConfig } from "../../../src/model/daemon/daemon-config.ts";
import { ask } from "./ask.ts";
import { NOW } from "./build-targets.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";
import { serveFake, TOKENS } from "./serve-fake.ts";
import { postForm, signIn } from "./sign-in.ts";

const servers: { close(): Promise<void> }[] = [];
let service: FakeService;
beforeEach(() => {
  service = createFakeService({ targets: buildWorld() });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(http: Partial<HttpConfig> = {}, rest: Partial<WebOptions> = {}) {
  const served = await serveFake(service, http, rest);
  servers.push(served);
  return served;
}

const page = (url: string, cookie = "") => ask(url, { headers: { accept: "text/html", cookie } });
/** Whether the page takes who looks at it for someone who signed in. */
const isKnown = async (url: string, cookie: string) => (await page(url, cookie)).text.includes("Sign out");

describe("signing in", () => {
  test("with a token gives a cookie that scripts and other sites can't use, and leads on", async () => {
    const { url } = await serve();
    const { status, headers } = await postForm(`${url}/sign-in`, { token: TOKENS.operate.secret, to: "/targets/edge" });
    expect([status, headers.get("location")]).toEqual([303, "/targets/edge"]);
    const cookie = headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^poolkeeper_session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKENS.operate.secret);
  });

  test("behind https the cookie is for https alone, and browsers are told to stay there", async () => {
    const { url } = await serve({ public_url: "https://pools.example.com" });
    const { headers } = await postForm(
      `${url}/sign-in`,
      { token: TOKENS.read.secret },
      { origin: "https://pools.example.com" },
    );
    expect(headers.get("set-cookie")).toMatch(/^__Host-poolkeeper_session=.*; Secure/);
    expect(headers.get("strict-transport-security")).toContain("max-age=");
  });

  test("with a token that nobody has is refused, on the same page", async () => {
    const { url } = await serve();
    const { status, text, headers } = await postForm(`${url}/sign-in`, { token: "wrong" });
    expect(status).toBe(401);
    expect(text).toContain("Unknown token.");
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("may be tried a few times in a minute with a wrong token, and as often as one likes with the right one", async () => {
    const { url } = await serve({}, { limits: { wrong_tokens_per_minute: 2 } });
    const tries = [1, 2, 3].map(() => postForm(`${url}/sign-in`, { token: "wrong" }));
    expect((await Promise.all(tries)).map(({ status }) => status).toSorted()).toEqual([401, 401, 429]);
    const right = [1, 2, 3].map(() => postForm(`${url}/sign-in`, { token: TOKENS.read.secret }));
    expect((await Promise.all(right)).map(({ status }) => status)).toEqual([303, 303, 303]);
  });

  test("takes no more than a token needs", async () => {
    const { url } = await serve();
    expect((await postForm(`${url}/sign-in`, { token: "x".repeat(10_000) })).status).toBe(413);
  });

  test.each([
    "https://evil.example.com/",
    "//evil.example.com",
    "/\\evil.example.com",
    "javascript:alert(1)",
    "/%09/evil",
    "/..//evil.example.com",
    "//evil.example.com//evil.example.com",
    "/.\\\\evil.example.com",
  ])("leads nowhere else, though %s is asked for", async (to) => {
    const { url } = await serve();
    const { headers } = await postForm(`${url}/sign-in`, { token: TOKENS.read.secret, to });
    const location = new URL(headers.get("location") ?? "", url);
    expect(location.origin).toBe(url);
  });

  test("is where those are sent who may not read, and back they come", async () => {
    const { url } = await serve({ read: "token" });
    const { status, headers } = await page(`${url}/targets/edge?x=1`);
    expect([status, headers.get("location")]).toEqual([303, "/sign-in?to=%2Ftargets%2Fedge%3Fx%3D1"]);
    const { cookie } = await signIn(url, "read");
    expect((await page(`${url}/targets/edge`, cookie)).status).toBe(200);
  });

  test("is not possible where no tokens are configured, and the page says why", async () => {
    const { url } = await serve({ tokens: [] });
    expect((await page(`${url}/sign-in`)).text).toContain("No tokens are configured");
    expect((await page(`${url}/`)).text).not.toContain("/sign-in");
  });
});

describe("a session", () => {
  test("is known to every replica", async () => {
    const [one, other] = [await serve(), await serve()];
    const { cookie } = await signIn(one.url, "operate");
    expect(await isKnown(`${other.url}/`, cookie)).toBe(true);
  });

  test("ends by itself", async () => {
    const clock = { now: NOW };
    const { url } = await serve({}, { now: () => clock.now });
    const { cookie } = await signIn(url, "operate");
    clock.now = new Date(NOW.getTime() + 13 * 3_600_000);
    expect(await isKnown(`${url}/`, cookie)).toBe(false);
  });

  test("ends when its token is changed, or taken out", async () => {
    const secrets = { text: "the first secret of the operator" };
    const readSecret = () => secrets.text;
    const tokens = [{ name: "operator", role: "operate", secret: { env: "x" } }] as const;
    const { url } = await serve({ tokens }, { readSecret });
    const { headers } = await postForm(`${url}/sign-in`, { token: secrets.text });
    const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(await isKnown(`${url}/`, cookie)).toBe(true);
    secrets.text = "the second secret of the operator";
    expect(await isKnown(`${url}/`, cookie)).toBe(false);
    const without = await serve();
    expect(await isKnown(`${without.url}/`, cookie)).toBe(false);
  });

  test("that is forged or damaged is none", async () => {
    const { url } = await serve();
    const { cookie } = await signIn(url, "read");
    const [payload = "", signature = ""] = cookie.replace("poolkeeper_session=", "").split(".");
    const claim = JSON.parse(Buffer.from(payload, "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claim, name: "approver" })).toString("base64url");
    for (const value of [
      `${forged}.${signature}`,
      `${payload}.`,
      payload,
      "",
      ".",
      "e30.x",
      `${payload}.${signature}x`,
    ]) {
      expect(await isKnown(`${url}/`, `poolkeeper_session=${value}`)).toBe(false);
    }
  });

  test("allows no change over the API: a browser can't be made to ask there", async () => {
    const { url } = await serve();
    const { cookie } = await signIn(url, "approve");
    const { status } = await ask(`${url}/api/v1/targets/edge/resume`, { method: "POST", headers: { cookie } });
    expect(status).toBe(401);
    expect(service.asked).toEqual([]);
  });

  test("ends with signing out", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "read");
    const { status, headers } = await postForm(`${url}/sign-out`, { form_token }, { cookie });
    expect(status).toBe(303);
    expect(headers.get("set-cookie")).toMatch(/poolkeeper_session=;.*Expires=Thu, 01 Jan 1970/);
    expect(await isKnown(`${url}/`, cookie)).toBe(false);
  });

  test("is shown where all sessions of its token can be ended", async () => {
    const { url } = await serve();
    const [mine, elsewhere] = [await signIn(url, "approve"), await signIn(url, "approve")];
    const { text } = await page(`${url}/sign-in`, mine.cookie);
    expect(text).toContain("Sign out everywhere");
    await postForm(`${url}/sign-out`, { form_token: mine.form_token, everywhere: "yes" }, { cookie: mine.cookie });
    expect(await isKnown(`${url}/`, elsewhere.cookie)).toBe(false);
    expect((await page(`${url}/sign-in`)).text).not.toContain("Sign out everywhere");
  });

  test("of a cookie that an older release signed holds until all of its token are ended", async () => {
    const { url } = await serve();
    const { secret, name } = TOKENS.operate;
    const payload = Buffer.from(JSON.stringify({ name, expires: NOW.getTime() + 1_000, id: "before" })).toString(
      "base64url",
    );
    const key = Buffer.from(hkdfSync("sha256", secret, "poolkeeper", "session", 32));
    const cookie = `poolkeeper_session=${payload}.${createHmac("sha256", key).update(payload).digest("base64url")}`;
    expect(await isKnown(`${url}/`, cookie)).toBe(true);
    await service.endSessions({ name, role: "operate", via: "page" });
    expect(await isKnown(`${url}/`, cookie)).toBe(false);
  });

  test("costs one question to the store for a page, and none for its files or for a forged cookie", async () => {
    const { url } = await serve();
    const { cookie } = await signIn(url, "read");
    const ask = vi.spyOn(service, "sessionState");
    for (const path of ["page.css", "page.js", "icon.svg"]) await page(`${url}/assets/${path}`, cookie);
    await page(`${url}/`, `${cookie.slice(0, -2)}aa`);
    expect(ask).toHaveBeenCalledTimes(0);
    await page(`${url}/`, cookie);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});

describe("a form", () => {
  const reconcile = "/targets/production/reconcile";

  test("of our own page is taken: the service is asked in the name of who signed in", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "operate");
    const { status, headers } = await postForm(url + reconcile, { form_token }, { cookie });
    expect([status, headers.get("location")]).toEqual([303, "/targets/production?done=reconcile"]);
    const actor = { name: "operator", role: "operate", via: "page" };
    expect(service.asked).toEqual([{ what: "reconcile", of: "production", options: { kind: "stay" }, actor }]);
  });

  test("asks for everything that the API takes: pause, resume, a revision, approval with overrides, rejection", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "approve");
    const digest = buildWorld()[0]?.plan?.digest ?? "";
    const send = (path: string, fields: Record<string, string>) =>
      postForm(url + path, { form_token, ...fields }, { cookie });
    await send("/targets/edge/pause", { reason: "moving", hours: "4", address: "queue.batch" });
    await send("/targets/edge/resume", { address: "" });
    await send("/targets/edge/reconcile", { revision: "4f2a9c8" });
    await send("/targets/edge/reconcile", { revision: "", follow: "yes" });
    await send(`/plans/${digest}/approve`, { overrides: "window" });
    const several = new URLSearchParams([
      ["form_token", form_token],
      ["overrides", "window"],
      ["overrides", "freeze"],
    ]);
    await postForm(`${url}/plans/${digest}/approve`, several, { cookie });
    await send(`/plans/${digest}/reject`, { reason: "not now" });
    expect(service.asked.map(({ what, options }) => [what, options])).toEqual([
      ["pause", { address: "queue.batch", reason: "moving", until: "2026-11-05T14:00:00.000Z" }],
      ["resume", { address: null }],
      ["reconcile", { kind: "pin", revision: "4f2a9c8" }],
      ["reconcile", { kind: "follow" }],
      ["approve", { overrides: ["window"] }],
      ["approve", { overrides: ["window", "freeze"] }],
      ["reject", { reason: "not now" }],
    ]);
  });

  test.each([
    ["from another site", { origin: "https://evil.example.com" }],
    ["from a page without an origin", { origin: "null" }],
    ["from another port of this machine", { origin: "http://127.0.0.1:1" }],
  ])("%s is refused, though the cookie is there", async (_from, headers) => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "approve");
    expect((await postForm(url + reconcile, { form_token }, { cookie, ...headers })).status).toBe(403);
    expect(service.asked).toEqual([]);
  });

  test("of a page behind a proxy that takes off TLS is taken", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "operate");
    const origin = url.replace("http://", "https://");
    expect((await postForm(url + reconcile, { form_token }, { cookie, origin })).status).toBe(303);
  });

  test("without an origin at all is refused", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "approve");
    const body = new URLSearchParams({ form_token });
    expect((await ask(url + reconcile, { method: "POST", body, headers: { cookie } })).status).toBe(403);
  });

  test("with no token, a wrong one, or that of another session is refused", async () => {
    const { url } = await serve();
    const [mine, other] = [await signIn(url, "approve"), await signIn(url, "approve")];
    for (const fields of [{}, { form_token: "x" }, { form_token: other.form_token }]) {
      const { status } = await postForm(url + reconcile, fields as Record<string, string>, { cookie: mine.cookie });
      expect(status).toBe(403);
    }
    expect(service.asked).toEqual([]);
  });

  test("without a session leads nowhere", async () => {
    const { url } = await serve();
    const { status, text } = await postForm(url + reconcile, { form_token: "x" });
    expect(status).toBe(401);
    expect(text).toContain("Sign in");
  });

  test("that takes another role is refused", async () => {
    const { url } = await serve();
    const reader = await signIn(url, "read");
    const operator = await signIn(url, "operate");
    const digest = buildWorld()[0]?.plan?.digest;
    const { form_token } = reader;
    expect((await postForm(url + reconcile, { form_token }, { cookie: reader.cookie })).status).toBe(403);
    const approval = await postForm(
      `${url}/plans/${digest}/approve`,
      { form_token: operator.form_token },
      { cookie: operator.cookie },
    );
    expect(approval.status).toBe(403);
    expect(service.asked).toEqual([]);
  });

  test("that the service refuses is answered with its words and a way back", async () => {
    const { url } = await serve();
    service.refuseWith({ code: "stale", message: "A newer plan is there." });
    const { cookie, form_token } = await signIn(url, "approve");
    const digest = buildWorld()[0]?.plan?.digest;
    const { status, text } = await postForm(`${url}/plans/${digest}/approve`, { form_token }, { cookie });
    expect(status).toBe(409);
    expect(text).toContain("A newer plan is there.");
    expect(text).toContain('href="/"');
  });

  test("that is filled in wrongly is refused before the service hears of it", async () => {
    const { url } = await serve();
    const { cookie, form_token } = await signIn(url, "operate");
    for (const fields of [
      { reason: "x", hours: "999" },
      { reason: "", hours: "1" },
      { reason: "x", hours: "1", address: "pod.x" },
      { reason: "x", hours: "1", more: "y" },
    ]) {
      const { status } = await postForm(
        `${url}/targets/edge/pause`,
        { form_token, ...fields } as Record<string, string>,
        { cookie },
      );
      expect(status).toBe(400);
    }
    expect(service.asked).toEqual([]);
  });
});
