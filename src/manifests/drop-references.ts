import type { Declared, Desired } from "../model/objects/desired.ts";
import { isReference } from "../model/objects/reference.ts";
import type { DeclaredValue, SettingValue } from "../model/objects/settings.ts";
import { isSealed, type Sealed } from "../model/secrets/sealed.ts";

/** What manifests declare without the values that they only refer to: for questions that no reference can answer, such as routes. */
export function dropReferences(declared: Declared): Desired {
  const settings = declared.settings.map((own) => {
    const values = Object.entries(own.values).flatMap(([key, value]): readonly (readonly [string, SettingValue])[] => {
      const kept = drop(value);
      return kept === null ? [] : [[key, kept]];
    });
    return { ...own, values: Object.fromEntries(values) };
  });
  return { ...declared, settings };
}

function drop(value: DeclaredValue): SettingValue | null {
  if (isReference(value)) return null;
  if (typeof value !== "object" || isSealed(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.filter((entry): entry is [string, string | Sealed] => !isReference(entry[1])));
}
