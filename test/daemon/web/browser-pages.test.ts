import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderGraphSvg } from "../../../src/report/routing/render-graph-svg.ts";
import { pictureSmall } from "../../report/build-pictured.ts";
import { keepPicture } from "../../set-up/keep-picture.ts";
import { openBrowser } from "../../set-up/open-browser.ts";
import { buildChanges, buildRuns } from "./build-changes.ts";
import { buildRequests, makeFullRequest, numberOf } from "./build-requests.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { HOSTILE, makeHostileRequests, makeHostileTarget } from "./hostile.ts";
import { findBarriers, openPage } from "./open-page.ts";
import { serveFake } from "./serve-fake.ts";

const WRITTEN = "/targets/production/written?address=queue.batch";
const world = buildWorld();
const requests = [...buildRequests(), makeFullRequest(100)];
const inState = (state: string) => world.find(({ status }) => status.state === state);
const written = (text?: string) => ({ changes: buildChanges(text), runs: buildRuns(text).toReversed() });
/** Pages that between them have every part on them. */
const SOME_PAGES: Readonly<Record<string, string>> = {
  "all-targets": "/",
  "awaiting-approval": "/targets/production",
  "pass-with-mistakes": `/passes/${inState("Invalid")?.passes[0]?.id}`,
  request: "/targets/production/requests/100",
  written: "/targets/production/written",
  "written-to-one": WRITTEN,
  "request-with-mistakes": `/targets/production/requests/${numberOf("invalid")}`,
};
const ALL_PAGES: Readonly<Record<string, string>> = {
  ...SOME_PAGES,
  waiting: "/targets/eu-west",
  running: "/targets/research",
  paused: "/targets/edge",
  failed: "/targets/lab",
  "never-planned": "/targets/sandbox",
  plan: `/plans/${world[0]?.plan?.digest}`,
  "pass-that-failed": `/passes/${inState("Failed")?.passes[0]?.id}`,
  "request-that-is-held": `/targets/production/requests/${numberOf("outcome-held")}`,
  "request-with-conflicts": `/targets/production/requests/${numberOf("conflict")}`,
  "request-of-a-fork": `/targets/production/requests/${numberOf("skipped-fork")}`,
  "sign-in": "/sign-in",
  "not-found": "/targets/nowhere",
};
/** The revisions, digests, accounts and actions that a table breaks in their middle, where a reader would take them for two. */
const BROKEN_WORDS = `[...document.querySelectorAll("td > code[title], td > a > code[title], td:not(:has(*))")]
  .filter((element) => /^\\S{1,12}$/.test(element.textContent))
  .filter((element) => {
    const text = document.createRange();
    text.selectNodeContents(element);
    return new Set([...text.getClientRects()].map(({ top }) => top)).size > 1;
  })
  .map((element) => element.textContent)`;

let browser: Browser;
let served: Awaited<ReturnType<typeof serveFake>>;
beforeAll(async () => {
  browser = await openBrowser();
  served = await serveFake(
    createFakeService({ ...written(), targets: world, requests, picture: renderGraphSvg(pictureSmall()) }),
  );
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

describe.each([
  ["desktop", { width: 1280, height: 900 }, ALL_PAGES],
  ["phone", { width: 390, height: 844 }, SOME_PAGES],
] as const)("on a %s", (size, viewport, pages) => {
  test.each(["light", "dark"] as const)(
    "every page in %s is free of barriers and complaints, and no wider than the screen",
    async (colorScheme) => {
      const { page, complaints } = await openPage(browser, served.url, { viewport, colorScheme, role: "approve" });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(served.url + path);
        await keepPicture(page, `web/${name}-${size}-${colorScheme}`);
        expect([name, await findBarriers(page)]).toEqual([name, []]);
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect([name, width]).toEqual([name, viewport.width]);
        expect([name, await page.evaluate(BROKEN_WORDS)]).toEqual([name, []]);
      }
      // The page that is not there is answered with 404, which the console tells.
      expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
      await page.context().close();
    },
  );
});

describe("hostile texts", () => {
  test("run nothing and break nothing on any page", async () => {
    const detail = makeHostileTarget();
    const reviewed = makeHostileRequests();
    const hostile = await serveFake(
      createFakeService({
        ...written(HOSTILE.join(" ")),
        targets: [detail],
        requests: reviewed,
        picture: "<svg xmlns='http://www.w3.org/2000/svg'/>",
      }),
    );
    const { page, complaints } = await openPage(browser, hostile.url, { role: "approve" });
    const rest = [
      ...detail.passes.map(({ id }) => `/passes/${encodeURIComponent(id)}`),
      ...reviewed.map(({ record }) => `/targets/production/requests/${record.number}`),
    ];
    for (const path of ["/", "/targets/production", `/plans/${detail.plan?.digest}`, WRITTEN, ...rest]) {
      await page.goto(hostile.url + path);
      await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true");
      expect(await page.evaluate("window.broken")).toBeUndefined();
      expect(await page.locator("main :is(script, svg, b, iframe)").count()).toBe(0);
      expect(await page.locator("a[href^='javascript:']").count()).toBe(0);
      expect(await page.locator("main img").count()).toBeLessThanOrEqual(1);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1280);
      expect(await page.title()).toContain("poolkeeper");
      expect(await page.getByText("<script>window.broken=1</script>").count()).toBeGreaterThan(0);
    }
    await page.goto(`${hostile.url}/targets/production`);
    await keepPicture(page, "web/hostile");
    expect(complaints).toEqual([]);
    await page.context().close();
    await hostile.close();
  });

  test("in a picture that is opened by itself run nothing", async () => {
    const picture = `<svg xmlns="http://www.w3.org/2000/svg"><script>window.broken = 1</script><text onload="window.broken=1">x</text></svg>`;
    const hostile = await serveFake(createFakeService({ targets: world, picture }));
    const { page } = await openPage(browser, hostile.url);
    for (const path of ["/targets/production/picture.svg", "/api/v1/targets/production/picture.svg"]) {
      await page.goto(hostile.url + path);
      expect(await page.evaluate("window.broken")).toBeUndefined();
    }
    await page.context().close();
    await hostile.close();
  });
});
