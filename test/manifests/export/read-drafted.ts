import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NOTHING_RECALLED } from "../../../src/apply/recall.ts";
import { takeUp } from "../../../src/apply/take-up.ts";
import { draftImport } from "../../../src/cli/commands/draft-import.ts";
import { dropReferences } from "../../../src/manifests/drop-references.ts";
import { LAYOUTS } from "../../../src/manifests/export/lay-out-files.ts";
import { hasErrors, loadDesired } from "../../../src/manifests/load-desired.ts";
import type { TextFile } from "../../../src/model/objects/desired.ts";
import type { LiveState } from "../../../src/model/objects/live.ts";
import { checkSafety, completePlan } from "../../../src/plan/check-safety.ts";
import { computePlan } from "../../../src/plan/compute-plan.ts";
import { OPTIONS } from "../../plan/open-model.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";

/** Writes files into a new folder. */
export function writeFolder(files: readonly TextFile[]): string {
  const folder = makeTemporaryFolder();
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: "wx" });
  }
  return folder;
}

/** The plan of what is imported from a live state, written, and read again in either layout; both have to be valid. */
export async function planImported(live: LiveState) {
  const plans = [];
  for (const layout of LAYOUTS) {
    const { files, left } = draftImport(live, layout);
    const { desired: declared, diagnostics } = await loadDesired(writeFolder(files), { org: live.org });
    const desired = dropReferences(declared);
    const options = { ...OPTIONS, prune: "none" as const, allow: [] };
    const computed = computePlan({
      ...takeUp(NOTHING_RECALLED, { desired, live, options }),
      ...{ desired, live, options, revision: null },
    });
    const plan = completePlan(computed.body, checkSafety(computed, []), []);
    plans.push({ files, left, desired, plan, invalid: hasErrors(diagnostics) ? diagnostics : [] });
  }
  return plans;
}
