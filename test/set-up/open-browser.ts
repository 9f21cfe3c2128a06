import { existsSync } from "node:fs";
import sparticuz from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** A browser on this machine and what it has to be started with. */
interface Found {
  readonly executablePath: string;
  readonly args: readonly string[];
}

/** Where Debian puts it. */
const DEBIANS = "/usr/bin/chromium";

/**
 * A real Chromium: the one that POOLKEEPER_CHROMIUM names, else Debian's, else the one that comes from npm. Throws where none
 * of them runs: tests are never left out for want of a browser.
 */
export async function openBrowser(): Promise<Browser> {
  const { executablePath, args } = await findBrowser();
  return chromium.launch({ executablePath, args: [...args], headless: true });
}

async function findBrowser(): Promise<Found> {
  // Root may not use the sandbox, and test machines often run as root.
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"];
  const named = process.env.POOLKEEPER_CHROMIUM ?? "";
  if (named !== "") return { executablePath: named, args };
  if (existsSync(DEBIANS)) return { executablePath: DEBIANS, args };
  return { executablePath: await sparticuz.executablePath(), args: sparticuz.args };
}
