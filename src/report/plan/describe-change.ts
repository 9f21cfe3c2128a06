import { isNamedKind } from "../../kinds/registry.ts";
import { parseAddress } from "../../model/address.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import { flattenFields } from "../../model/plan/flatten-fields.ts";
import { type Change, type FieldOrigin, isNoOp } from "../../model/plan/plan.ts";
import { beginForeign } from "../../model/secrets/cut-foreign.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { isSealed, SENSITIVE } from "../../model/secrets/sealed.ts";
import { showInLine } from "../../model/text/show-text.ts";
import { cutNames } from "../text/cut-list.ts";

/** The symbol that leads a change, as Terraform's users know them. */
export type Symbol = "+" | "~" | "+/-" | "-" | " ";

/** One field of a change: what it was and what it becomes. */
export interface FieldLine {
  readonly symbol: "+" | "~" | "-" | " ";
  /** Dotted path under manifest names; credentials in names of a map's entries are masked, and one longer than any of a manifest is cut. */
  readonly path: string;
  /** Undefined: there was, or will be, none. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly forcesReplacement: boolean;
  /** Whether it is the text of a delivered file, which is shown line by line. */
  readonly isFile: boolean;
  /** Whether its path is cut. */
  readonly isCut: boolean;
}

/** A change in words and lines, the same for every output. */
export interface ChangeDescription {
  readonly symbol: Symbol;
  /** For example `cluster.edge must be replaced`. */
  readonly title: string;
  /** A second line that says why or how, or null. */
  readonly remark: string | null;
  readonly fields: readonly FieldLine[];
  /** Fields that stay as they are. */
  readonly unchanged: number;
}

/** Puts a change into words. Only fields that differ are listed; for a replacement all fields of the new object. */
export function describeChange(change: Change): ChangeDescription {
  const { before, after } = change;
  const replaced = change.action === "replace" && hasRegistrations(change);
  const fields = listFields(before ?? {}, after ?? {}, change);
  // Of a replacement all fields of the new object are shown: it is a new object.
  const changed = replaced ? fields : fields.filter((field) => field.symbol !== " ");
  return {
    symbol: symbolOf(change),
    title: `${change.address} ${verdictOf(change)}`,
    remark: remarkOf(change),
    fields: isNoOp(change) ? [] : changed,
    unchanged: isNoOp(change) ? 0 : fields.length - changed.length,
  };
}

/**
 * A value on one line: texts quoted, line breaks and what no eye sees as escapes, lists in brackets. Only a sealed value is
 * written as `(sensitive)` without quotes. Of texts beyond `most` characters together the beginning is looked at and shown, as `begin` gives it, with their length.
 */
export function formatValue(
  value: Json | undefined,
  most = Number.POSITIVE_INFINITY,
  begin: (text: string, most: number) => string = beginForeign,
): string {
  const writeText = (text: string, left: number): string => {
    if (text.length <= left) return JSON.stringify(text);
    return `${JSON.stringify(begin(text, left))}… (${countCharacters(text)})`;
  };
  return value === undefined ? "(none)" : showInLine(writeValue(value, most, writeText));
}

function writeValue(value: Json, most: number, writeText: (text: string, most: number) => string): string {
  if (isSealed(value)) return SENSITIVE;
  if (typeof value === "string") return writeText(value, most);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const entries = Object.entries<Json>(value);
  const parts: string[] = [];
  let left = most;
  for (const [key, inner] of entries) {
    if (left <= 0) break;
    const name = isList ? "" : `${writeText(key, left)}: `;
    const part = `${name}${writeValue(inner, Math.max(0, left - name.length), writeText)}`;
    parts.push(part);
    left -= part.length;
  }
  const more = entries.length - parts.length;
  if (more > 0) parts.push(`… (${more.toLocaleString("en-US")} more)`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  return parts.length === 0 ? `${open}${close}` : `${open} ${parts.join(", ")} ${close}`;
}

function countCharacters({ length }: string): string {
  return `${length.toLocaleString("en-US")} characters`;
}

/** As much of a value as a page shows; the API returns all. What a page is made of has no secrets any more. */
export function formatOnPage(value: Json | undefined): string {
  return formatValue(value, MOST_ON_PAGE, (text, most) => text.slice(0, most));
}

/** Characters of a value that a page shows. */
export const MOST_ON_PAGE = 2_000;

/** What a field was and what it becomes, on one line, as `format` writes both. Two different sensitive values are marked as different. */
export function formatDifference(
  field: FieldLine,
  format: (field: FieldLine) => readonly [string, string] = ({ before, after }) => [
    formatValue(before),
    formatValue(after),
  ],
): string {
  const { symbol, before, after } = field;
  const [was, is] = format(field);
  if (symbol !== "~") return symbol === "-" ? was : is;
  const difference = `${was} -> ${is}`;
  return isSealed(before) && isSealed(after) ? `${difference}  # differs` : difference;
}

function symbolOf({ action, before }: Change): Symbol {
  switch (action) {
    case "create":
    case "restore":
      return "+";
    case "update":
    case "move":
      return "~";
    case "put_back":
      return before === null ? "+" : "~";
    case "replace":
      return "+/-";
    case "delete":
      return "-";
    case "adopt":
    case "forget":
    case "keep":
      return " ";
  }
}

function verdictOf({ action, before }: Change): string {
  return VERDICTS[action === "put_back" ? (before === null ? "create" : "update") : action];
}

const VERDICTS = {
  create: "will be created",
  restore: "will be restored",
  update: "will be updated in-place",
  move: "will be moved to another pool",
  replace: "must be replaced",
  delete: "will be destroyed",
  adopt: "will be adopted unchanged",
  forget: "will be forgotten, not deleted",
  keep: "can't be deleted and is kept",
} as const;

function remarkOf(change: Change): string | null {
  const { action, action_reason, address, physical_name, previous_physical_name } = change;
  const remarks: string[] = [];
  const logical = address.slice(address.indexOf(".") + 1);
  if (action === "replace" && !hasRegistrations(change)) remarks.push("all of its current content is replaced");
  if (action === "replace" && hasRegistrations(change)) {
    remarks.push(`registered as ${physical_name}, in place of ${previous_physical_name}`);
    if (action_reason === "by_request") remarks.push("requested by --replace");
  } else if (previous_physical_name !== null) {
    const kind = address.slice(0, address.indexOf("."));
    remarks.push(`in place of ${kind}.${previous_physical_name}`);
  } else if (physical_name !== logical) remarks.push(`registered as ${physical_name}`);
  if (action === "delete" && action_reason === "no_manifest") remarks.push("no manifest names it any more");
  if (action_reason === "displaced") remarks.push("an interrupted run deleted it with a wider row");
  if (action_reason === "refused") remarks.push("drained for a change that the control plane refused");
  if (action_reason === "interrupted") remarks.push("drained for a change that was interrupted");
  if (action === "restore") remarks.push("its deleted record is undeleted");
  if (change.origin === "drift")
    remarks.push(`${change.before === null ? "removed" : "changed"} outside of the repository`);
  if (change.origin === "both") remarks.push(describeBoth(change));
  return remarks.length === 0 ? null : remarks.join("; ");
}

/** Whether a replacement is another registration: what stands in a place is written there, and what stood there is removed. */
function hasRegistrations({ address }: Change): boolean {
  const kind = parseAddress(address)?.kind;
  return kind !== undefined && isNamedKind(kind);
}

function listFields(before: JsonObject, after: JsonObject, change: Change): readonly FieldLine[] {
  const old = flattenFields(before);
  const next = flattenFields(after);
  const showsRemoved = change.action !== "replace" || !hasRegistrations(change);
  const paths = new Set([...next.keys(), ...old.keys()]);
  const lines: FieldLine[] = [];
  for (const path of paths) {
    const left = old.get(path);
    const right = next.get(path);
    // What only the live side shows of a replaced object says nothing of the new one.
    if (right === undefined && !showsRemoved) continue;
    // An empty map or a null gives way to fields below it, or comes after them: those lines say it.
    if (isHollow(left ?? right) && [...paths].some((other) => other.startsWith(`${path}.`))) continue;
    const symbol = left === undefined ? "+" : right === undefined ? "-" : same(left, right) ? " " : "~";
    const forcesReplacement = change.replace_paths.some((replaced) => replaced.join(".") === path);
    const isFile = change.address.startsWith("flyte_clusters.") && path.startsWith("files.");
    lines.push({
      symbol,
      // When it is asked for: an object may have more fields than an output shows.
      get path() {
        return showPath(path);
      },
      ...{ before: left, after: right, forcesReplacement, isFile, isCut: path.length > LONGEST_PATH },
    });
  }
  return lines;
}

/** All keys of a manifest that lead to one value have no more characters; what is live may have longer ones. */
const LONGEST_PATH = 2_048;

function showPath(path: string): string {
  if (path.length <= LONGEST_PATH) return maskCredentials(path);
  return `${beginForeign(path, LONGEST_PATH)}… (${countCharacters(path)})`;
}

/** The origin of each field, where it is known. */
function describeBoth({ fields = [] }: Change): string {
  const list = (origin: FieldOrigin["origin"]) =>
    fields.filter((field) => field.origin === origin).map(({ path }) => path.join("."));
  const parts = [
    ["changed here", list("commit")],
    ["changed outside of the repository", list("drift")],
    ["changed here and outside", list("both")],
  ] as const;
  const known = parts.filter(([, paths]) => paths.length > 0);
  if (list("drift").length === 0) return "changed here and outside of the repository";
  return known
    .map(([words, paths]) => `${words}: ${cutNames(paths, undefined, (path) => showInLine(showPath(path)))}`)
    .join("; ");
}

function isHollow(value: Json | undefined): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return typeof left === "object" ? JSON.stringify(left) === JSON.stringify(right) : left === right;
}
