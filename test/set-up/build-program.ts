import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { layOutPackage } from "../../bench/lay-out-package.ts";

const CACHE = join(import.meta.dirname, "..", "..", ".cache");

declare module "vitest" {
  interface ProvidedContext {
    /** The file that starts poolkeeper as a package ships it, built from this checkout. */
    readonly program: string;
    /** The module of that package that reads a command line and runs its command. */
    readonly commandLine: string;
  }
}

/** Global set-up of tests that run the program: it is built once for all projects, and removed when they are through. */
export function setup({ vitest }: TestProject): (() => void) | undefined {
  const all = vitest.getRootProject();
  if (all.getProvidedContext().program !== undefined) return undefined;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "program-"));
  all.provide("program", layOutPackage(folder));
  all.provide("commandLine", join(folder, "dist", "command-line.js"));
  return () => rmSync(folder, { recursive: true, force: true });
}
