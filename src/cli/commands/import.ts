import type { Layout } from "../../manifests/export/lay-out-files.ts";
import type { LeftOut } from "../../manifests/export/manifest-draft.ts";
import { TARGET_FILE } from "../../manifests/scaffold/scaffold-repository.ts";
import { NOTHING_DESIRED } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import { listPlacesOf } from "../../reconcile/live/list-places.ts";
import { readTarget } from "../../reconcile/live/read-target.ts";
import { describeUnseen } from "../../report/plan/describe-unseen.ts";
import { join, type Shown, shown } from "../../report/text/shown-text.ts";
import { describeObjectCounts } from "../output/describe-object-counts.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showNote, showResult } from "../output/show-result.ts";
import { planTargetFile, refuseOtherManifests, writeNewFiles, writeTargetFile } from "../output/write-new-files.ts";
import { look, readScopes, type TargetOptions, withTarget } from "../targets/open-target.ts";
import { type DraftedImport, draftImport } from "./draft-import.ts";

/** Options of `poolkeeper import`. */
export interface ImportOptions extends TargetOptions {
  /** Folder that the manifests are written to. */
  readonly out: string;
  readonly layout: Layout;
}

/**
 * Writes a folder of manifests of everything that can be read: valid, and with an empty plan. What is left out, and why, goes to
 * stderr. Exit code 0. Throws an OperationalError where a system can't be read, none has anything, or a file would be overwritten.
 */
export async function runImport({ out, layout, ...options }: ImportOptions): Promise<number> {
  const scopes = readScopes(options.scope);
  const live = await withTarget(options, (open) =>
    readTarget(look(open, options).readers, listPlacesOf(NOTHING_DESIRED, { owned: [], unfinished: [] }, scopes)),
  );
  const drafted = draftImport(live, layout);
  const { files, left } = drafted;
  showNote(renderRemarks(live, drafted));
  if (files.length === 0) {
    showResult(shown`${left.length === 0 ? "There is nothing to import" : "Nothing could be imported"}.\n`);
    return left.length === 0 ? EXIT.ok : EXIT.error;
  }
  await refuseOtherManifests(out, files);
  const writesTarget = live.org !== "" && planTargetFile(out, live.org) === "write";
  const { written, kept } = writeNewFiles(out, files);
  const same = kept.length === 0 ? "" : `; ${countNoun(kept.length, "file")} unchanged`;
  showResult(
    shown`Wrote ${countNoun(written.length, "file")} to ${out}${same}: ${describeObjectCounts(drafted.desired)}.\n`,
  );
  if (writesTarget) {
    writeTargetFile(out, live.org);
    showResult(shown`${TARGET_FILE} there says that the folder is for organization ${quoteWord(live.org)}.\n`);
  }
  const folder = quoteWord(out);
  showResult(shown`Next: poolkeeper validate ${folder}\n      poolkeeper plan ${folder}, with the same connection\n`);
  return EXIT.ok;
}

function renderRemarks(live: LiveState, { left, warnings }: DraftedImport): Shown {
  const sections = [
    titled("Left out:", groupLeft(left)),
    titled("Not read:", [...describeUnseen(live), describeUnreadable(live)]),
    titled(
      "Warnings about the live state (poolkeeper validate explains them):",
      warnings.map(({ address, file, summary }) => `${address ?? file}: ${summary}`),
    ),
  ];
  return join(sections.filter((section) => String(section) !== ""));
}

/** No API reports these two; delivered files are generated from a manifest that can't be derived from them. */
function describeUnreadable({ delivery }: LiveState): string {
  const advice =
    delivery === null
      ? "write their manifests, or keep the existing ones"
      : `keep the FlyteClusters manifest that the files in ${delivery} are made from`;
  return `cluster pool maps, and the clusters of flyteadmin's configuration: no API lists them; ${advice}`;
}

/** One line a reason, in the order in which they came up. */
function groupLeft(left: readonly LeftOut[]): readonly string[] {
  return [...Map.groupBy(left, ({ reason }) => reason)].map(
    ([reason, all]) => `${all.map(({ what }) => what).join(", ")}: ${reason}`,
  );
}

function titled(title: string, lines: readonly string[]): Shown {
  return lines.length === 0 ? shown`` : shown`${join([title, ...lines.map((line) => `  - ${line}`)])}\n`;
}
