import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import { findFreePort } from "../../set-up/find-free-port.ts";
import { openBrowser } from "../../set-up/open-browser.ts";
import { minutesAgo } from "./build-targets.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";
import { openPage } from "./open-page.ts";
import { serveFake } from "./serve-fake.ts";

let browser: Browser;
let service: FakeService;
let served: Awaited<ReturnType<typeof serveFake>>;
let production: TargetDetail;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  const world = buildWorld();
  const [first] = world;
  if (first === undefined) throw new Error("The world is empty");
  production = first;
  service = createFakeService({ targets: world, picture: "<svg xmlns='http://www.w3.org/2000/svg'/>" });
  served = await serveFake(service);
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await served.close();
});

describe.each([
  ["without scripts", false],
  ["with scripts", true],
] as const)("%s", (_words, javaScriptEnabled) => {
  test("one signs in, reviews the plan, unfolds a change, approves, and is told", async () => {
    const { page } = await openPage(browser, served.url, { javaScriptEnabled, role: "approve" });
    await page.getByRole("link", { name: "Review the plan of production" }).click();
    await page.locator("summary", { hasText: "queue.batch" }).click();
    await page.getByText('[ "core", "edge" ]').waitFor();
    await page.getByRole("button", { name: "Approve this plan" }).click();
    await page.waitForURL(/done=approved/);
    await page.getByText("The plan is approved.").waitFor();
    expect(service.asked).toMatchObject([
      {
        what: "approve",
        of: production.plan?.digest,
        options: { decided: 0 },
        actor: { via: "page", name: "approver" },
      },
    ]);
  });

  test("one pauses a target with a reason for four hours, rejects a plan, and signs out", async () => {
    const { page } = await openPage(browser, served.url, { javaScriptEnabled, role: "approve" });
    await page.goto(`${served.url}/targets/production`);
    await page.locator("summary", { hasText: /^Pause$/ }).click();
    const pause = page.locator("#pause");
    await pause.getByLabel("Reason").fill("Looking into it");
    await pause.getByLabel("Duration").selectOption("4");
    await pause.getByRole("button", { name: "Pause" }).click();
    await page.waitForURL(/done=paused/);
    await page.locator("summary", { hasText: "Reject" }).click();
    await page.locator("#reject").getByLabel("Reason").fill("Not this week");
    await page.getByRole("button", { name: "Reject this plan" }).click();
    await page.waitForURL(/done=rejected/);
    expect(service.asked.map(({ what }) => what)).toEqual(["pause", "reject"]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
  });
});

describe("by keyboard", () => {
  test("one skips to the content, reaches the plan, folds and unfolds, and approves", async () => {
    const { page } = await openPage(browser, served.url, { role: "approve" });
    await page.goto(`${served.url}/targets/production`);
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("main");
    const reached: string[] = [];
    for (let count = 0; count < 40 && reached.at(-1) !== "Approve this plan"; count += 1) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate<string>("document.activeElement.textContent.trim()"));
    }
    expect(reached).toContain("Reconcile now");
    expect(reached.at(-1)).toBe("Approve this plan");
    const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineWidth");
    expect(outline).toBe("3px");
    await page.keyboard.press("Enter");
    await page.waitForURL(/done=approved/);
    expect(service.asked.map(({ what }) => what)).toEqual(["approve"]);
  });
});

describe("a page that is open", () => {
  const synced = () => ({
    ...production,
    status: { ...production.status, state: "Synced" as const, message: "The control plane matches the repository." },
  });

  test("shows what happens at once, and reads out a new state", async () => {
    const { page } = await openPage(browser, served.url);
    await page.goto(`${served.url}/targets/production`);
    await page.getByText("Live", { exact: true }).waitFor();
    service.put(synced());
    service.emit({ type: "state", target: "production", state: synced() });
    await page.getByText("The control plane matches the repository.").waitFor();
    await expect.poll(() => page.locator("#announcement").textContent()).toBe("production: Synced");
    expect(await page.locator("#announcement").getAttribute("aria-live")).toBe("polite");
  });

  test("shows how far a pass has come, line by line", async () => {
    const { page } = await openPage(browser, served.url);
    await page.goto(`${served.url}/targets/production`);
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await page.locator("#running").isVisible()).toBe(false);
    for (const line of ["drain cluster edge", "2 runs are left", "1 run is left"]) {
      const running = { id: "r", started_at: minutesAgo(0), step: "apply", progress: [line] } as const;
      service.put({ ...production, running });
      service.emit({ type: "pass", target: "production", running });
      await page.locator("#running").getByText(line, { exact: true }).waitFor();
    }
    await expect.poll(() => page.locator("#running [aria-current=step]").textContent()).toBe("apply");
  });

  test("keeps the folds as they were put, and what someone is typing", async () => {
    const { page } = await openPage(browser, served.url, { role: "approve" });
    await page.goto(`${served.url}/targets/production`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator("summary", { hasText: "queue.batch" }).click();
    await page.locator("summary", { hasText: /^Pause$/ }).click();
    await page.locator("#pause-reason").fill("I am typ");
    service.put({ ...synced(), plan: production.plan, drift_since: null });
    service.emit({ type: "state", target: "production", state: synced() });
    await page.getByText("The control plane matches the repository.").waitFor();
    expect(await page.locator("#pause-reason").inputValue()).toBe("I am typ");
    expect(await page.evaluate("document.activeElement.id")).toBe("pause-reason");
    expect(await page.locator("[id='change-queue.batch']").getAttribute("open")).not.toBeNull();
  });

  test("of all targets follows each of them", async () => {
    const { page } = await openPage(browser, served.url);
    await page.goto(served.url);
    await page.getByText("Live", { exact: true }).waitFor();
    service.put(synced());
    service.emit({ type: "state", target: "production", state: synced() });
    await page.locator("#target-production").getByText("Synced").waitFor();
    await expect.poll(() => page.locator("#summary").textContent()).toContain("2 synced");
  });

  test("leads to the sign-in page once another tab has signed out", async () => {
    await served.close();
    served = await serveFake(service, { read: "token" });
    const { page } = await openPage(browser, served.url, { role: "approve" });
    const other = await page.context().newPage();
    await other.goto(`${served.url}/targets/production`);
    await other.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await other.waitForURL(`${served.url}/sign-in?to=%2Ftargets%2Fproduction`);
  });

  test("that all may read shows within a minute that its user has signed out in another tab", async () => {
    const { page } = await openPage(browser, served.url, { role: "approve" });
    const other = await page.context().newPage();
    await other.clock.install();
    await other.goto(`${served.url}/targets/production`);
    await other.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("navigation").getByRole("link", { name: "Sign in" }).waitFor();
    await other.clock.fastForward(60_000);
    await other.getByRole("navigation").getByRole("link", { name: "Sign in" }).waitFor();
  });

  test("says so when the daemon is gone, and comes back with it", async () => {
    await served.close();
    served = await serveFake(service, { port: await findFreePort() });
    const { page } = await openPage(browser, served.url);
    await page.goto(`${served.url}/targets/production`);
    await page.getByText("Live", { exact: true }).waitFor();
    const { port } = served;
    await served.close();
    await page.getByText("Not connected; retrying").waitFor();
    // A proxy that answers in its place, or a daemon that ends, is no reason to give up.
    const busy = await answerUnavailable(port);
    await busy.asked;
    await busy.close();
    service.put(synced());
    served = await serveFake(service, { port });
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByText("The control plane matches the repository.").waitFor();
  });
});

describe("another site", () => {
  let other: Server;
  beforeEach(async () => {
    const form = `<form method="post" action="${served.url}/targets/production/reconcile"><input name="form_token" value="x"></form>`;
    const frame = `<iframe src="${served.url}/targets/production"></iframe>`;
    other = createServer((request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(request.url === "/frame" ? frame : `${form}<script>document.forms[0].submit()</script>`);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
  });
  afterEach(() => new Promise((resolve) => other.close(resolve)));

  test("can't send a form in the name of who signed in, nor frame a page", async () => {
    const { page, complaints } = await openPage(browser, served.url, { role: "approve" });
    const { port } = other.address() as AddressInfo;
    // Another port is the same site to a cookie: what refuses here is the origin.
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByText("This form came from another site.").waitFor();
    // Another name is another site: the cookie stays at home.
    await page.goto(`http://localhost:${port}/`);
    await page.getByText("This form came from another site.").waitFor();
    expect(service.asked).toEqual([]);
    await page.goto(`http://127.0.0.1:${port}/frame`);
    await expect.poll(() => complaints.join()).toContain("frame-ancestors");
  });
});

/** Answers 503 to everything at a port; `asked` resolves with the first question of a listener. */
async function answerUnavailable(port: number) {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.writeHead(503, { connection: "close" }).end();
    if (request.url?.startsWith("/events") === true) resolve();
  }).listen(port, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return { asked, close: () => new Promise((closed) => server.close(closed)) };
}
