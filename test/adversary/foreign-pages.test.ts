/**
 * The attacker has a page that a signed-in approver opens in the same browser: of another site, or, which cookies do not tell apart, of
 * another port of the daemon's own host. It sends what a page can send, frames and loads what it can. Nothing is done, no session is ended
 * or replaced, and nothing is read. The server behind such a port is told the cookie, unless the daemon has a host name of its own.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { openBrowser } from "../set-up/open-browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const PATHS = [
  ...["/", "/targets/prod", "/targets/prod/picture.svg", "/api/v1/targets", "/api/v1/audit", "/api/v1/openapi.json"],
  ...["/events", "/metrics", "/sign-in"],
];
const LOADS = [
  ["img", "/targets/prod/picture.svg"],
  ["img", "/api/v1/targets/prod/picture.svg"],
  ["img", "/assets/icon.svg"],
  ["script", "/api/v1/targets"],
  ["script", "/assets/page.js"],
  ["link", "/assets/page.css"],
];
const FORMS = [
  ["/api/v1/targets/prod/pause", JSON.stringify({ reason: "x", until: null })],
  ["/api/v1/targets/prod/reconcile", "{}"],
  ["/targets/prod/pause", "reason=x&hours=0&form_token="],
  ["/targets/prod/reconcile", "form_token="],
  ["/sign-out", "form_token="],
  ["/sign-in", `token=${TOKENS.read}&to=/`],
];

/** Code of the attacker's page, with the daemon's address. Gives what it could read. */
const readAll = (url: string) => `(async () => {
  const found = [];
  for (const path of ${JSON.stringify(PATHS)}) for (const credentials of ["include", "omit"]) for (const mode of ["cors", "no-cors"]) {
    const text = await fetch("${url}" + path, { credentials, mode }).then((answer) => answer.text()).catch(() => "");
    if (text !== "") found.push(path + " " + credentials + " " + mode);
  }
  const load = (tag, path) => new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("failed");
    Object.assign(element, { rel: "stylesheet", [{ link: "href", object: "data" }[tag] ?? "src"]: "${url}" + path });
    document.body.append(element);
  });
  for (const [tag, path] of ${JSON.stringify(LOADS)}) if ((await load(tag, path)) === "loaded") found.push(tag + " " + path);
  for (const tag of ["iframe", "object"]) await load(tag, "/targets/prod");
  const events = new EventSource("${url}/events", { withCredentials: true });
  const opened = await new Promise((resolve) => Object.assign(events, { onopen: () => resolve(true), onerror: () => resolve(false) }));
  return opened ? [...found, "events"] : found;
})()`;

/** Code of the attacker's page that sends every form in every way that needs no permission. */
const sendAll = (url: string) => `(async () => {
  const types = ["text/plain", "application/x-www-form-urlencoded", "application/json"];
  for (const [path, body] of ${JSON.stringify(FORMS)}) {
    for (const type of types) for (const mode of ["no-cors", "cors"]) {
      const sent = { method: "POST", body, mode, credentials: "include", headers: { "content-type": type } };
      await fetch("${url}" + path, sent).catch(() => {});
    }
    navigator.sendBeacon("${url}" + path, new Blob([body], { type: "text/plain" }));
    const frame = document.createElement("iframe");
    frame.name = "frame of " + path;
    const form = Object.assign(document.createElement("form"), { method: "post", action: "${url}" + path, target: frame.name });
    for (const [name, value] of new URLSearchParams(body)) form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(frame, form);
    const answered = new Promise((resolve) => { frame.onload = resolve; });
    form.submit();
    await answered;
  }
})()`;

/** Code that leaves the attacker's page by a form. */
const leaveTo = (action: string) => `{
  const form = Object.assign(document.createElement("form"), { method: "post", action: "${action}" });
  document.body.append(form);
  form.submit();
}`;

/** A server of somebody else on this machine, and the cookies that browsers sent to it. */
async function serveForeign(): Promise<{ readonly port: number; readonly cookies: readonly string[] }> {
  const cookies: string[] = [];
  const server = createServer(({ headers }, response) => {
    if (headers.cookie !== undefined) cookies.push(headers.cookie);
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Prizes</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, cookies };
}

async function startDaemon(): Promise<RunningDaemon> {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  return daemon;
}

/** An approver who signs in at `url`, and then opens another page beside it. */
async function lure(url: string, foreignUrl: string): Promise<{ readonly own: Page; readonly foreign: Page }> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const own = await context.newPage();
  await own.goto(`${url}/sign-in`);
  await own.getByLabel("Token").fill(TOKENS.approve);
  await own.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await own.waitForURL(`${url}/`);
  const foreign = await context.newPage();
  await foreign.goto(foreignUrl);
  return { own, foreign };
}

describe.each([
  ["another port of the daemon's own host", "127.0.0.1"],
  ["another site", "localhost"],
])("a page of %s", (_words, host) => {
  test("reads nothing of the daemon, by whatever element or call, with the cookie of who opens it", async () => {
    const { url } = await startDaemon();
    const { port } = await serveForeign();
    const { foreign } = await lure(url, `http://${host}:${port}/`);
    expect(await foreign.evaluate(readAll(url))).toEqual([]);
    const framed = await Promise.all(foreign.frames().map((frame) => frame.content()));
    expect(framed.join("\n")).not.toMatch(/may approve|Sign out/);
  });

  test("does nothing in the name of who opens it, and neither ends nor replaces the session", async () => {
    const daemon = await startDaemon();
    const { port } = await serveForeign();
    const { own, foreign } = await lure(daemon.url, `http://${host}:${port}/`);
    const before = (await daemon.target()).audit;
    const cookies = await own.context().cookies();
    await foreign.evaluate(sendAll(daemon.url));
    // As a page of its own, after which the daemon's page is the one that is open.
    for (const path of ["/sign-in", "/sign-out", "/targets/prod/pause"]) {
      await foreign.evaluate(leaveTo(daemon.url + path));
      await foreign.getByText("This form came from another site.").waitFor();
      await foreign.goto(`http://${host}:${port}/`);
    }
    expect((await daemon.target()).audit).toEqual(before);
    expect(await own.context().cookies()).toEqual(cookies);
    await own.reload();
    await own.getByText("may approve").waitFor();
  });
});

test.each([
  ["is not told the session of a daemon with a name of its own", "poolkeeper.localhost", false],
  ["is told the session of a daemon without one, as the documents say", "127.0.0.1", true],
])("a server on another port %s", async (_words, name, told) => {
  const { url } = await startDaemon();
  const { port, cookies } = await serveForeign();
  const { foreign } = await lure(url.replace("127.0.0.1", name), `http://127.0.0.1:${port}/`);
  await foreign.goto(`http://localhost:${port}/`);
  expect(cookies.some((cookie) => cookie.includes("poolkeeper_session="))).toBe(told);
});

test("the page to sign in has an address of its own, where it was opened by one that all servers have", async () => {
  const { url } = await startDaemon();
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const { port } = new URL(url);
  const better = page.getByText(`http://poolkeeper.localhost:${port}`, { exact: true });
  for (const name of ["localhost", "127.0.0.1"]) {
    await page.goto(`http://${name}:${port}/sign-in`);
    await better.waitFor();
  }
  await page.goto(`${await better.innerText()}/sign-in`);
  await page.getByLabel("Token").waitFor();
  expect(await better.count()).toBe(0);
});
