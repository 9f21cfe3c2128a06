import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Role } from "../../../src/model/daemon/daemon-config.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { TOKENS } from "./serve-fake.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page of a browser with everything that it complained of. */
export interface OpenPage {
  readonly page: Page;
  /** What the console and the page's own errors said: broken policies, failed loads, exceptions. */
  readonly complaints: readonly string[];
}

/** Opens a page, signed in where a role is named. */
export async function openPage(
  browser: Browser,
  url: string,
  { role = null, ...options }: BrowserContextOptions & { readonly role?: Role | null } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  if (role !== null) {
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("Token").fill(TOKENS[role].secret);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${url}/`);
  }
  return { page, complaints };
}

/** What axe finds wrong with a page, as `rule: element`. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  }>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
