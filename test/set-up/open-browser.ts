import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { PATIENCE_MS } from "./patience.ts";

const CACHE = join(import.meta.dirname, "..", "..", ".cache");
/** Where Debian puts it. */
const DEBIANS = "/usr/bin/chromium";

/**
 * A real Chromium: the one that POOLKEEPER_CHROMIUM names, else the one that comes from npm, else Debian's where that one lacks
 * something to run. Throws where none of them runs: tests are never left out for want of a browser.
 */
export async function openBrowser(): Promise<Browser> {
  const options = { executablePath: await findBrowser(), args: [...SWITCHES], headless: true };
  return chromium.launch({ ...options, timeout: PATIENCE_MS });
}

/** Root may not use the sandbox, and test machines often run as root. Nothing is switched off that a page could notice. */
const SWITCHES = ["--no-sandbox", "--no-zygote", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"];

/** npm's first: it is the engine without the windows around it, and a page takes it a third of the processor time. */
async function findBrowser(): Promise<string> {
  const named = process.env.POOLKEEPER_CHROMIUM ?? "";
  if (named !== "") return named;
  const npms = await unpackBrowser();
  return !canRun(npms) && existsSync(DEBIANS) ? DEBIANS : npms;
}

/** Unpacks the browser of the npm package, once for each version of it. */
async function unpackBrowser(): Promise<string> {
  const root = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // A folder of its own: the browser puts things beside itself.
  const folder = join(CACHE, `chromium-${version}`);
  const program = join(folder, "chromium");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Test files that do so at once each make one of their own: what is renamed is whole.
  const half = `${program}.${process.pid}`;
  const packed = createReadStream(join(root, "bin", "chromium.br"));
  await pipeline(packed, createBrotliDecompress(), createWriteStream(half, { mode: 0o700 }));
  renameSync(half, program);
  return program;
}

/** Whether a browser finds the libraries that it needs on this machine. */
function canRun(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
