import type { Address } from "../../model/address.ts";
import type { Json } from "../../model/json/json.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { formatValue } from "../plan/describe-change.ts";
import { formatMoment } from "../text/format-moment.ts";
import { cleanLine, code, cutText, cutTo, escapeInLine, fenceDiff } from "../text/markdown.ts";

/** The contents of a request that writes drift into the manifests. */
export interface DriftRequest {
  readonly target: string;
  readonly branch: string;
  readonly written: readonly (DriftedObject & { readonly file: string; readonly fields: readonly DriftedField[] })[];
  /** What was changed outside and is not written, and why. */
  readonly left: readonly (DriftedObject & { readonly reason: string })[];
}

/** An object that was changed outside, with author and time where the control plane reports them. */
export interface DriftedObject {
  readonly address: Address;
  readonly changed_by: string | null;
  readonly changed_at: string | null;
}

/** The value of a field in the manifest, and its value with the request; undefined: none. */
interface DriftedField {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The title of the request. */
export function titleDriftRequest({ target, written }: Pick<DriftRequest, "target" | "written">): string {
  const [only] = written;
  const what = written.length === 1 && only !== undefined ? only.address : countNoun(written.length, "object");
  return cutTitle(
    `${target}: write into the manifests how ${what} ${written.length === 1 ? "was" : "were"} changed outside`,
  );
}

/** The text of the request, Markdown of at most `maxLength` characters of UTF-16: what does not fit is counted. Ends with no line break. */
export function renderDriftRequest(request: DriftRequest, { maxLength }: { readonly maxLength: number }): string {
  const { written, left } = request;
  const head = [describePurpose(request), "### Drift written to the manifests"];
  const tail = describeEnd(request);
  const room = maxLength - [...head, tail].join(GAP).length - ROOM_FOR_REST;
  const fitting = chooseFitting(written, describeWritten, room);
  const rest = chooseFitting(left, describeLeft, room - fitting.join(GAP).length);
  const others = left.length === 0 ? [] : ["### Drift not written", rest.join("\n")];
  return [...head, ...fitting, ...others, tail].join(GAP);
}

/** The text once there is nothing more to write. */
export function renderDriftGone(target: string): string {
  return `The drift of ${code(target)} was reverted, is already in the manifests, or can no longer be written as manifests: nothing is left to merge. Close this request.`;
}

const GAP = "\n\n";
/** For the headings and what counts the rest. */
const ROOM_FOR_REST = 500;
/** Most lines of one object. */
const MOST_FIELDS = 40;

function describePurpose({ target }: DriftRequest): string {
  return [
    `Objects of ${code(target)} were changed outside of this repository. The changes were not reverted: this request writes them into the manifests.`,
    "- **Merged**: the manifests match the live state, and nothing is written to the control plane.",
    "- **Closed**: nothing changes, and the differences still count as drift. The same drift is not proposed again; other drift is.",
    "- **To undo** the changes, revert them by hand, or set `drift.action: revert`.",
  ].join("\n");
}

function describeEnd({ branch }: DriftRequest): string {
  return `<sub>Updated by poolkeeper while ${code(branch)} has no foreign commits; close it once nothing differs.</sub>`;
}

function describeWritten({ file, fields, ...object }: DriftRequest["written"][number]): string {
  const lines = fields
    .slice(0, MOST_FIELDS)
    .flatMap(({ path, before, after }) => [
      ...(before === undefined ? [] : [`- ${showInLine(path)}: ${formatValue(before, LONGEST_LINE)}`]),
      ...(after === undefined ? [] : [`+ ${showInLine(path)}: ${formatValue(after, LONGEST_LINE)}`]),
    ]);
  const more = fields.length > MOST_FIELDS ? [`# and ${countNoun(fields.length - MOST_FIELDS, "field")} more`] : [];
  return `**${describeObject(object)}** in ${code(file)}\n\n${fenceDiff([...lines, ...more], LONGEST_LINE)}`;
}

const LONGEST_LINE = 500;

function describeLeft({ reason, ...object }: DriftRequest["left"][number]): string {
  return `- ${describeObject(object)}: ${cutTo(reason, LONGEST_REASON, escapeInLine)}`;
}

const LONGEST_REASON = 1_200;

function describeObject({ address, changed_by, changed_at }: DriftedObject): string {
  const by = changed_by === null ? "" : ` by ${code(changed_by)}`;
  const at = changed_at === null ? "" : ` at ${escapeInLine(formatMoment(changed_at))}`;
  return `${code(address)}${by}${at}`;
}

/** As many objects as fit, and how many more there are. What comes behind them is not written. */
function chooseFitting<T>(objects: readonly T[], write: (object: T) => string, room: number): readonly string[] {
  const fitting: string[] = [];
  let length = 0;
  for (const object of objects) {
    const text = write(object);
    length += text.length + GAP.length;
    if (length > room) {
      const more = countNoun(objects.length - fitting.length, "object");
      return [...fitting, `- and ${more} more, as the changed files show`];
    }
    fitting.push(text);
  }
  return fitting;
}

/** Forges differ in how long a title may be; all of them take this. */
function cutTitle(title: string): string {
  return cutText(cleanLine(title), LONGEST_TITLE);
}

const LONGEST_TITLE = 200;
