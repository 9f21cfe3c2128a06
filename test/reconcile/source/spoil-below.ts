import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Puts nonsense into each file of a folder. */
export function spoilBelow(folder: string): void {
  for (const name of readdirSync(folder)) {
    rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, name), "nonsense");
  }
}
