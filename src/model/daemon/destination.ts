/**
 * Where a requested pass goes. `stay`: to the revision that the target is pinned to, or else to the newest of its branch; `follow`: to the newest,
 * and a pin is given up; `pin`: to an earlier revision, which the target is pinned to from then on.
 */
export type Destination =
  | { readonly kind: "stay" }
  | { readonly kind: "follow" }
  | { readonly kind: "pin"; readonly revision: string };

/** What the API, the audit and the store's column write as one nullable text: null stays, "" follows, anything else is a revision. */
export function readDestination(revision: string | null): Destination {
  if (revision === null) return { kind: "stay" };
  return revision === "" ? { kind: "follow" } : { kind: "pin", revision };
}

/** The same text; {@link readDestination} reads it back. */
export function writeDestination(destination: Destination): string | null {
  switch (destination.kind) {
    case "stay":
      return null;
    case "follow":
      return "";
    case "pin":
      return destination.revision;
  }
}
