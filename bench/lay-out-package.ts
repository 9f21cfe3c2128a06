import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Builds the program as a package ships it below `folder`, beside nobody else's build; returns the file that starts it. */
export function layOutPackage(folder: string): string {
  mkdirSync(join(folder, "bin"), { recursive: true });
  for (const file of ["package.json", join("bin", "poolkeeper.mjs")])
    copyFileSync(join(ROOT, file), join(folder, file));
  for (const name of ["node_modules", "schemas", "examples"]) symlinkSync(join(ROOT, name), join(folder, name));
  execFileSync(process.execPath, [join(ROOT, "scripts", "build.mjs"), join(folder, "dist")], { stdio: "inherit" });
  return join(folder, "bin", "poolkeeper.mjs");
}
