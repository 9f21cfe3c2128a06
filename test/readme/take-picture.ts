/** Takes the picture docs/images/target.png again: the demo's page while a move waits for an approval. Run by hand: `node test/readme/take-picture.ts`. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openBrowser } from "../set-up/open-browser.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PICTURE = join(ROOT, "docs", "images", "target.png");

/** The lines that the demo says to try next. */
async function readSteps(demo: AsyncIterable<Buffer>): Promise<readonly string[]> {
  let printed = "";
  for await (const part of demo) {
    printed += part;
    if (/^ {2}flyte .*\n/m.test(printed)) break;
  }
  const [, next = ""] = printed.split("To try next, in another terminal");
  return [...next.matchAll(/^ {2}(\S.*)$/gm)].map(([, line = ""]) => line);
}

const demo = spawn(process.execPath, [join(ROOT, "src", "cli.ts"), "demo"], { stdio: ["ignore", "pipe", "inherit"] });
const ended = once(demo, "close");
const browser = await openBrowser();
try {
  const steps = (await readSteps(demo.stdout)).filter((line) => !line.startsWith("flyte "));
  const script = [
    "shopt -s expand_aliases",
    "set -e",
    ...steps,
    "echo PAGE $POOLKEEPER_SERVER $(cat $POOLKEEPER_SERVER_TOKEN_FILE)",
  ].join("\n");
  const shown = execFileSync("bash", ["--norc", "--noprofile"], { input: script, encoding: "utf8" });
  const [, url = "", token = ""] = /^PAGE (\S+) (\S+)$/m.exec(shown) ?? [];
  const page = await browser.newPage({ viewport: { width: 1000, height: 1080 }, reducedMotion: "reduce" });
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/`);
  await page.goto(`${url}/targets/demo`);
  const button = page.getByRole("button", { name: "Approve this plan" });
  for (let tries = 0; tries < 100 && !(await button.isVisible()); tries += 1) await page.reload();
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  demo.kill("SIGINT");
  await ended;
}
