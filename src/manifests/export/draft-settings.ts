import { formatAddress } from "../../model/address.ts";
import type { LiveState, ScopedSettings } from "../../model/objects/live.ts";
import { formatScope, SETTING_KEY_NAMES } from "../../model/objects/settings.ts";
import { listSealedEntries } from "../../model/secrets/list-sealed-entries.ts";
import { compactBody, type Drafts, type LeftOut, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the scopes that have settings of their own, keys in the order of the catalogue. */
export function draftSettings({ org, settings }: Pick<LiveState, "org" | "settings">): Drafts {
  const all = settings.map((record) => draftScope(org, record));
  return {
    drafts: all.map(({ draft }) => draft).filter(({ body }) => Object.keys(body.settings ?? {}).length > 0),
    left: all.flatMap(({ left }) => left),
  };
}

/** How what is left out may be managed all the same. */
const ADVICE = "To manage it, write all of it by hand";

function draftScope(org: string, { scope, values, unknown }: ScopedSettings) {
  const text = formatScope(scope);
  const address = formatAddress("settings", text === "" ? org : `${org}/${text}`);
  const known = SETTING_KEY_NAMES.map((key) => [key, values[key]] as const);
  const sensitive = known
    .map(([key, value]) => ({ key, entries: listSealedEntries(key, value) }))
    .filter(({ entries }) => entries.length > 0);
  // A map is written as a whole or not at all: what its manifest lacked would be taken out of it.
  const hidden = new Set<string>(sensitive.map(({ key }) => key));
  const named = compactBody({ domain: scope.domain ?? undefined, project: scope.project ?? undefined });
  const draft: ManifestDraft = {
    kind: "settings",
    address,
    parts: text === "" ? [] : text.split("/"),
    body: compactBody({
      scope: text === "" ? undefined : named,
      settings: compactBody(
        Object.fromEntries(known.filter(([key, value]) => value !== undefined && !hidden.has(key))),
      ),
    }),
    comments: [
      ...(unknown.length === 0 ? [] : [`Not managed, because poolkeeper does not know them: ${unknown.join(", ")}.`]),
      ...sensitive.map(
        ({ key, entries }) => `Not managed: ${key}, because ${entries.join(", ")} is sensitive. ${ADVICE}.`,
      ),
    ],
  };
  const left: LeftOut[] = [
    ...unknown.map((key) => ({ what: `${address}: ${key}`, reason: "poolkeeper does not know it" })),
    ...sensitive.map(({ entries }) => ({
      what: `${address}: ${entries.join(", ")}`,
      reason: `sensitive values are never written into files. ${ADVICE}`,
    })),
  ];
  return { draft, left };
}
