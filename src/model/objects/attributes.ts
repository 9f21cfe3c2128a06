import { type AttributesField, type AttributesKind, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { type Address, formatAddress } from "../address.ts";

/** Where attributes hold: a project, one domain of it (workflow null), or one workflow there. Null is all. */
export interface AttributesScope {
  /** "" only in rows that were read: one of all projects in its domain, which gRPC alone can write. */
  readonly project: string;
  readonly domain: string | null;
  /** Any text; it need not name a workflow that exists. Null where `domain` is. */
  readonly workflow: string | null;
}

/** One row as flyteadmin keeps it. Kind, scope and launch plan are its identity: it has no id, version or time. */
export interface AttributesRow {
  readonly kind: AttributesKind;
  readonly scope: AttributesScope;
  /** Not null only in rows that were read: no API of flyteadmin writes them. */
  readonly launch_plan: string | null;
  /** The pool's name, or the label. "" is stored as well: it hides the wider scopes and acts as none. */
  readonly value: string;
}

/** The one field of a row of a kind, as manifests, plans and writes have it. */
export type RowFields<K extends AttributesKind> = { readonly [F in AttributesField<K>]: string };

/** The text of a row in what is planned, applied or written of it; "" where it has none. */
export function readField(kind: AttributesKind, fields: object): string {
  const text: unknown = Reflect.get(fields, KIND_DEFINITIONS[kind].field);
  return typeof text === "string" ? text : "";
}

/** The same, the other way: the one field of a row. */
export function fieldOf<K extends AttributesKind>(kind: K, text: string): RowFields<K>;
export function fieldOf(kind: AttributesKind, text: string): object {
  return { [KIND_DEFINITIONS[kind].field]: text };
}

/** A project of flyteadmin. */
export interface Project {
  readonly id: string;
  readonly name: string;
  /** Ids of its domains: the server's configuration, the same for every project. */
  readonly domains: readonly string[];
  /** `active`, `archived`, or another of the wire's names in lower case. Only active projects take writes and deletes. */
  readonly state: string;
}

/** Whether the delete of a scope's row takes a row along: flyteadmin drops what a scope leaves open from its condition. */
export function goesAlong({ scope: row, launch_plan }: AttributesRow, scope: AttributesScope): boolean {
  const isWithin =
    row.project === scope.project &&
    (scope.domain === null || row.domain === scope.domain) &&
    (scope.workflow === null || row.workflow === scope.workflow);
  return isWithin && (launch_plan !== null || row.domain !== scope.domain || row.workflow !== scope.workflow);
}

/** Whether the HTTP API can write a row: none of all projects, none of a launch plan, and no workflow that no path can name. */
export function isWritable({ scope: { project, workflow }, launch_plan }: AttributesRow): boolean {
  return project !== "" && launch_plan === null && (workflow === null || isPathSegment(workflow));
}

/** Whether a name can be a segment of a path: servers decode a path before they split it, and shorten it at `.` and `..`. */
export function isPathSegment(name: string): boolean {
  return name !== "." && name !== ".." && !name.includes("/");
}

/** The one text for a scope, as addresses have it: `PROJECT[/DOMAIN[/WORKFLOW]]`. A workflow may hold any sign, `/` included. */
export function formatAttributesScope({ project, domain, workflow }: AttributesScope): string {
  return [project, domain, workflow].filter((part) => part !== null).join("/");
}

/** What identifies a row among those of its kind, as plans have it. A type, as it is kept as JSON. */
export type RowKey = {
  /** By its one text, as addresses have it. */
  readonly scope: string;
  readonly launch_plan: string | null;
};

/** What identifies a row among those of its kind. */
export function keyRow({ scope, launch_plan }: Pick<AttributesRow, "scope" | "launch_plan">): RowKey {
  return { scope: formatAttributesScope(scope), launch_plan };
}

/** A row's key for display. It is not unique: a workflow may have any text as its name. */
export function showRow({ scope, launch_plan }: RowKey): string {
  return launch_plan === null ? scope : `${scope} (launch plan ${launch_plan})`;
}

/** Reads what {@link formatAttributesScope} writes. */
export function parseAttributesScope(text: string): AttributesScope {
  const [project = "", domain = null, ...rest] = text.split("/");
  return { project, domain, workflow: rest.length === 0 ? null : rest.join("/") };
}

/** A row's address: that of its scope, for every launch plan. */
export function nameRow({ kind, scope }: AttributesRow): Address {
  return formatAddress(kind, formatAttributesScope(scope));
}
