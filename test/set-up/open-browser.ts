import { existsSync } from "node:fs";
import sparticuz from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Where Debian puts it. */
const DEBIANS = "/usr/bin/chromium";

/**
 * A real Chromium: the one that POOLKEEPER_CHROMIUM names, else Debian's, else the one that comes from npm. Throws where none
 * of them runs: tests are never left out for want of a browser.
 */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findBrowser(), args: [...SWITCHES], headless: true });
}

/** Root may not use the sandbox, and test machines often run as root. Nothing is switched off that a page could notice. */
const SWITCHES = ["--no-sandbox", "--no-zygote", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"];

async function findBrowser(): Promise<string> {
  const named = process.env.POOLKEEPER_CHROMIUM ?? "";
  if (named !== "") return named;
  return existsSync(DEBIANS) ? DEBIANS : sparticuz.executablePath();
}
