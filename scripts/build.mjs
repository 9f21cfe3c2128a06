#!/usr/bin/env node
// Bundles src/cli.ts into dist/cli.js (another folder than dist can be named), what a packed poolkeeper runs, and src/index.ts, what others import: Node refuses
// to strip types below node_modules. Dependencies are bundled too, since loading hundreds of small files is what makes a
// command start slowly.
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeNotices } from "./write-notices.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));

/**
 * What loads files beside itself while it runs, is rarely needed, or has a licence that wants it replaceable: it stays where
 * npm installs it. These alone are `dependencies`; what is bundled is a development dependency, so that an installed package
 * brings nothing twice.
 */
const EXTERNAL = ["openpgp", "pino", "pg"];

await rm(DIST, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  // The second is what the first runs, for callers that have a process already; the next two, the processes that a daemon starts;
  // the last is the library.
  entryPoints: [
    "cli.ts",
    "cli/command-line.ts",
    "reconcile/workers/worker.ts",
    "systems/git/launcher.ts",
    "index.ts",
  ].map((path) => join(ROOT, "src", path)),
  outdir: DIST,
  // All in one folder: a chunk finds the others beside it.
  entryNames: "[name]",
  bundle: true,
  // What a command imports when it runs stays a file of its own, so that the others start without it.
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  external: EXTERNAL,
  // CommonJS packages in the bundle ask for Node's own modules with require.
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
  // A daemon holds the text of what it runs, at two bytes a letter where one letter is not Latin. Names stay: they are in stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  metafile: true,
  sourcemap: true,
  // Stack traces need the lines, not a second copy of the sources.
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
});
writeNotices(ROOT, metafile, join(DIST, "THIRD-PARTY-NOTICES.txt"));
