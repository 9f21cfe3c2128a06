import { type ChangeEntry, nameObject } from "../../model/ledger/change-log.ts";
import { showDigest } from "../../model/text/digest-digits.ts";
import { formatDifference } from "../plan/describe-change.ts";
import { diffTexts } from "../text/diff-texts.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import type { Paint } from "../text/paint.ts";
import { join, type Shown, shown } from "../text/shown-text.ts";
import { describeDecided, describeDoubt, listWrittenFields } from "./describe-entry.ts";

/** Entries of the change log: each with its fields, and who or what decided it. `isFirst`: whether none are shown before them. */
export function renderChangesText(entries: readonly ChangeEntry[], paint: Paint, isFirst = true): Shown {
  if (entries.length === 0) return shown`Nothing was written.\n`;
  return shown`${join([...(isFirst ? [paint.strong("Changes")] : []), ...entries.map((entry) => renderEntry(entry, paint))])}\n`;
}

function renderEntry(entry: ChangeEntry, paint: Paint): Shown {
  const { seq, at, address, op, place, revision, digest, run_id } = entry;
  const object = nameObject(entry);
  const name = object === address ? shown`${object}` : shown`${object} (for ${address})`;
  const doubt = describeDoubt(entry);
  const from = revision === null ? "" : `revision ${shortenHash(revision)}, `;
  return join([
    shown`  ${paint.strong(`#${seq}`)}  ${formatMoment(at)}  ${name}  ${op}  ${describeDecided(entry)}`,
    ...(doubt === null ? [] : [shown`${INDENT}${doubt}`]),
    ...listWrittenFields(entry).map((field) => {
      const colour = { "+": paint.add, "~": paint.change, "-": paint.destroy, " ": paint.faint }[field.symbol];
      const value = field.isFile ? `(${diffTexts(field.before, field.after).summary})` : `= ${formatDifference(field)}`;
      return shown`${INDENT}${colour(field.symbol)} ${field.path} ${value}`;
    }),
    ...(place === null ? [] : [shown`${INDENT}${paint.faint(`at ${place}`)}`]),
    shown`${INDENT}${paint.faint(`${from}plan ${showDigest(digest)}, run ${run_id}`)}`,
  ]);
}

const INDENT = shown`         `;
