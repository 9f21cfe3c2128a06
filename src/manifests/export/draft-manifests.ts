import type { JsonObject } from "../../model/json/json.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { draftAttributes } from "./draft-attributes.ts";
import { draftClusters } from "./draft-clusters.ts";
import { draftPools } from "./draft-pools.ts";
import { draftQueues } from "./draft-queues.ts";
import { draftSettings } from "./draft-settings.ts";
import { type Drafts, type ManifestDraft, type Omission, OPTIONAL_ENTRIES } from "./manifest-draft.ts";

/**
 * Manifests for everything live that manifests can describe, without what is to be left out. Pure; sorted by kind, then name.
 * Contradictions within a folder are not checked: the caller checks the manifests and leaves out invalid ones.
 */
export function draftManifests(live: LiveState, omissions: readonly Omission[] = []): Drafts {
  const all = [draftPools(live), draftClusters(live), draftQueues(live), draftSettings(live), draftAttributes(live)];
  const omitted = Map.groupBy(omissions, ({ address }) => address);
  return {
    drafts: all
      .flatMap(({ drafts }) => drafts.toSorted(compareDrafts))
      .flatMap((draft) => omit(draft, omitted.get(draft.address) ?? []) ?? []),
    left: [...all.flatMap(({ left }) => left), ...omissions.map(describeOmission)],
  };
}

function compareDrafts(left: ManifestDraft, right: ManifestDraft): number {
  return left.address < right.address ? -1 : 1;
}

function describeOmission({ address, field, reason }: Omission) {
  return { what: `${address}${field === null ? "" : `: ${field}`}`, reason };
}

/** The draft without what is to be left out, which a comment names; null where nothing is left. */
function omit(draft: ManifestDraft, omissions: readonly Omission[]): ManifestDraft | null {
  if (omissions.length === 0) return draft;
  const container = OPTIONAL_ENTRIES[draft.kind];
  const fields = omissions.flatMap(({ field }) => field ?? []);
  if (container === undefined || fields.length < omissions.length) return null;
  const { [container]: entries, ...rest } = draft.body;
  const kept = Object.entries(entries as JsonObject).filter(([key]) => !fields.includes(key));
  if (kept.length === 0 && draft.kind === "settings") return null;
  return {
    ...draft,
    body: kept.length === 0 ? rest : { ...rest, [container]: Object.fromEntries(kept) },
    comments: [...draft.comments, `Not managed, because it can't be declared: ${fields.toSorted().join(", ")}.`],
  };
}
