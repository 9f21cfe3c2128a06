import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";

/** Not part of the repository. */
const PICTURES = join(import.meta.dirname, "..", "..", "test-results");

/**
 * Keeps a picture of the whole page, `test-results/NAME.png`, for people to look at, where they ask for it by `POOLKEEPER_PICTURES=1`: nothing is judged by
 * it, and it takes a third of what a test of pages does. A browser that is short of memory may fail to draw one the first time.
 */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env.POOLKEEPER_PICTURES !== "1") return;
  const path = join(PICTURES, `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  const draw = () => page.screenshot({ path, fullPage: true });
  await draw().catch(draw);
}
