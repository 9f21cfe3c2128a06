import type { Kind } from "../model/address.ts";
import { dropTrailing } from "../model/drop-trailing.ts";
import type { NodePath } from "../model/position.ts";
import { isDoubtful } from "./desired/is-doubtful.ts";
import { readFileName } from "./read-file-name.ts";

/** Stands for the organization in names where it is not known. */
export const UNKNOWN_ORG = "ORG";

/** What names objects beside their body. */
export interface NamingPlace {
  readonly file: string;
  /** The organization whose settings are meant. */
  readonly org: string;
}

/** The fields that a name is derived from, most significant first; without them, the file's name counts. */
export const NAME_PATHS: Readonly<Record<Kind, readonly NodePath[]>> = {
  cluster_pool: [["name"]],
  cluster: [["name"]],
  queue: [["name"]],
  settings: [["scope"], ["scope", "domain"], ["scope", "project"]],
  cluster_pool_map: [],
  cluster_pool_attributes: [["project"], ["domain"], ["workflow"]],
  flyte_clusters: [["name"]],
  execution_cluster_label: [["project"], ["domain"], ["workflow"]],
};

/** The logical name of the object that a body describes, as far as it is text; null where it is missing. */
export function nameObject(kind: Kind, body: object, { file, org }: NamingPlace): string | null {
  switch (kind) {
    case "cluster_pool":
    case "cluster":
    case "queue":
      return readText(body, "name");
    case "settings": {
      const scope: unknown = Reflect.get(body, "scope") ?? {};
      return typeof scope === "object" && scope !== null ? joinScope(org, scope, ["domain", "project"]) : null;
    }
    case "cluster_pool_attributes":
    case "execution_cluster_label": {
      const project = readText(body, "project");
      return project === null ? null : joinScope(project, body, ["domain", "workflow"]);
    }
    case "cluster_pool_map":
      return readFileName(file);
    case "flyte_clusters":
      return readText(body, "name") ?? readFileName(file);
  }
}

/** Whether a field that the name is derived from is invalid: then the name may be another one. */
export function isNameDoubtful(kind: Kind, body: unknown, doubts: ReadonlySet<string>): boolean {
  return NAME_PATHS[kind].some((path) => isDoubtful({ body, doubts }, path));
}

/** `FIRST[/FIELD[/FIELD]]`; a field that is left out before one that is there is empty. */
function joinScope(first: string, body: object, fields: readonly string[]): string {
  const parts = fields.map((field) => readText(body, field) ?? "");
  return dropTrailing([first, ...parts].join("/"), "/");
}

function readText(body: object, field: string): string | null {
  const value: unknown = Reflect.get(body, field);
  return typeof value === "string" ? value : null;
}
