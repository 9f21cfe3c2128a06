import { isReference, type Reference } from "./reference.ts";
import type { DeclaredValues } from "./settings.ts";

/** A reference among settings, and where: the key, and of a map the entry. */
export interface PlacedReference {
  readonly path: readonly [key: string, entry?: string];
  readonly reference: Reference;
}

/** The references among the values of a scope. */
export function listReferences(values: DeclaredValues): readonly PlacedReference[] {
  return Object.entries(values).flatMap(([key, value]): readonly PlacedReference[] => {
    if (isReference(value)) return [{ path: [key], reference: value }];
    if (typeof value !== "object") return [];
    return Object.entries(value).flatMap(([entry, inner]) =>
      isReference(inner) ? [{ path: [key, entry] as const, reference: inner }] : [],
    );
  });
}
