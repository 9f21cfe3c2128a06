import { KIND_DEFINITIONS, type Kind } from "../kinds/registry.ts";
import { dropTrailing } from "../model/text/drop-trailing.ts";
import { isDoubtful } from "./desired/is-doubtful.ts";
import { readFileName } from "./folder/read-file-name.ts";

/** Stands for the organization in names where it is not known. */
export const UNKNOWN_ORG = "ORG";

/** What names objects beside their body. */
export interface NamingPlace {
  readonly file: string;
  /** The organization whose settings are meant. */
  readonly org: string;
}

/** The logical name of the object that a body describes, as far as it is text; null where it is missing. */
export function nameObject(kind: Kind, body: object, { file, org }: NamingPlace): string | null {
  switch (KIND_DEFINITIONS[kind].family) {
    case "named":
      return readText(body, "name");
    case "settings": {
      const scope: unknown = Reflect.get(body, "scope") ?? {};
      return typeof scope === "object" && scope !== null ? joinScope(org, scope, ["domain", "project"]) : null;
    }
    case "row": {
      const project = readText(body, "project");
      return project === null ? null : joinScope(project, body, ["domain", "workflow"]);
    }
    case "pool_map":
      return readFileName(file);
    case "files":
      return readText(body, "name") ?? readFileName(file);
  }
}

/** Whether a field that the name is derived from is invalid: then the name may be another one. */
export function isNameDoubtful(kind: Kind, body: unknown, doubts: ReadonlySet<string>): boolean {
  return KIND_DEFINITIONS[kind].namePaths.some((path) => isDoubtful({ body, doubts }, path));
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
