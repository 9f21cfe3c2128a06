#!/usr/bin/env node
// Bundles src/cli.ts into dist/cli.js (another folder than dist can be named), what a packed poolkeeper runs: Node refuses
// to strip types below node_modules.
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));

await rm(DIST, { recursive: true, force: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: [join(ROOT, "src", "cli.ts")],
  outdir: DIST,
  bundle: true,
  // What a command imports when it runs stays a file of its own, so that the others start without it.
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  packages: "external",
  sourcemap: true,
  // Stack traces need the lines, not a second copy of the sources.
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
});
