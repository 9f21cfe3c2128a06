import { formatAddress } from "../model/address.ts";
import type { LiveState, ScopedSettings } from "../model/live.ts";
import { formatScope, SETTING_KEY_NAMES } from "../model/settings.ts";
import { compactBody, type Drafts, type LeftOut, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the scopes that have settings of their own, keys in the order of the catalogue. */
export function draftSettings({ org, settings }: Pick<LiveState, "org" | "settings">): Drafts {
  const all = settings.map((record) => draftScope(org, record));
  return {
    drafts: all.map(({ draft }) => draft).filter(({ body }) => Object.keys(body.settings ?? {}).length > 0),
    left: all.flatMap(({ left }) => left),
  };
}

function draftScope(org: string, { scope, values, unknown }: ScopedSettings) {
  const text = formatScope(scope);
  const address = formatAddress("settings", text === "" ? org : `${org}/${text}`);
  const known = SETTING_KEY_NAMES.map((key) => [key, values[key]] as const);
  const named = compactBody({ domain: scope.domain ?? undefined, project: scope.project ?? undefined });
  const draft: ManifestDraft = {
    kind: "settings",
    address,
    parts: text === "" ? [] : text.split("/"),
    body: compactBody({
      scope: text === "" ? undefined : named,
      settings: compactBody(Object.fromEntries(known.filter(([, value]) => value !== undefined))),
    }),
    comments: unknown.length === 0 ? [] : [`Left alone, as poolkeeper does not know them: ${unknown.join(", ")}.`],
  };
  const left: LeftOut[] = unknown.map((key) => ({ what: `${address}: ${key}`, reason: "poolkeeper does not know it" }));
  return { draft, left };
}
