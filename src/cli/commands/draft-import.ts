import { NOTHING_RECALLED } from "../../apply/recall.ts";
import { takeUp } from "../../apply/take-up.ts";
import { isAttributesKind, KIND_DEFINITIONS, type Kind } from "../../kinds/registry.ts";
import { resolveDesired } from "../../manifests/desired/resolve-desired.ts";
import { dropReferences } from "../../manifests/drop-references.ts";
import { draftManifests } from "../../manifests/export/draft-manifests.ts";
import { findEntry } from "../../manifests/export/find-entry.ts";
import type { Layout } from "../../manifests/export/lay-out-files.ts";
import { layOutFiles, pathOf } from "../../manifests/export/lay-out-files.ts";
import type { Drafts, LeftOut, ManifestDraft, Omission } from "../../manifests/export/manifest-draft.ts";
import { parseManifests } from "../../manifests/parse-manifests.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { Desired, TextFile } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { type Change, isNoOp, type PlanOptions } from "../../model/plan/plan.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { computePlan } from "../../plan/compute-plan.ts";
import { describeChange, formatValue } from "../../report/plan/describe-change.ts";

/** A folder that stands for what is live. */
export interface DraftedImport {
  readonly files: readonly TextFile[];
  /** What the folder wants: what is live. */
  readonly desired: Desired;
  readonly left: readonly LeftOut[];
  /** Warnings about the folder, of a layout of one file per object. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Manifests of all live objects that a valid folder with an empty, unblocked plan can describe. An object whose manifest is invalid, or
 * that the plan would change or refuse, is left out with the reason, and so are its dependents, until none is.
 */
export function draftImport(live: LiveState, layout: Layout): DraftedImport {
  const omissions: Omission[] = [];
  for (;;) {
    const { drafts, left } = draftManifests(live, omissions);
    const { wrong, desired, warnings } = judge(live, drafts);
    if (wrong.length === 0) return { files: layOutFiles(drafts, layout), desired, left, warnings };
    omissions.push(...wrong);
  }
}

/** What must not be written, each once. */
function judge(live: LiveState, drafts: Drafts["drafts"]) {
  const files = layOutFiles(sortForBlame(drafts), "per-object");
  const parsed = parseManifests(files, live.org === "" ? {} : { org: live.org });
  const { desired: declared, diagnostics } = resolveDesired(parsed.manifests, parsed.claims);
  // Drafts have values and no references.
  const desired = dropReferences(declared);
  const all = [...parsed.diagnostics, ...diagnostics];
  const errors = all.filter(({ severity }) => severity === "error");
  const wrong = errors.length > 0 ? blameDrafts(errors, drafts, files) : findUnequal(live, desired, drafts);
  return { wrong, desired, warnings: all.filter(({ severity }) => severity === "warning") };
}

/** Of two pools on one bucket the later one is blamed: `default`, which needs no manifest, or else the one with fewer clusters. */
function sortForBlame(drafts: Drafts["drafts"]): Drafts["drafts"] {
  const members = Map.groupBy(drafts, ({ kind, body }) => (kind === "cluster" ? body.pool : null));
  const isDefault = ({ address }: ManifestDraft) => (address === "cluster_pool.default" ? 1 : 0);
  const count = ({ body }: ManifestDraft) => members.get(body.name)?.length ?? 0;
  const isPool = ({ kind }: ManifestDraft) => kind === "cluster_pool";
  const pools = drafts
    .filter(isPool)
    .sort((left, right) => isDefault(left) - isDefault(right) || count(right) - count(left));
  return [...pools, ...drafts.filter((draft) => !isPool(draft))];
}

function blameDrafts(
  errors: readonly Diagnostic[],
  drafts: Drafts["drafts"],
  files: readonly TextFile[],
): readonly Omission[] {
  const draftOf = new Map(drafts.map((draft) => [pathOf(draft), draft]));
  const textOf = new Map(files.map(({ path, text }) => [path, text]));
  const found = errors.flatMap(({ code, file, line, summary }): readonly Omission[] => {
    const draft = draftOf.get(file);
    if (draft === undefined) return [];
    const field = findEntry(draft, textOf.get(file) ?? "", line);
    const isPoolMissing = refersToPool(draft.kind) && code === "unknown-reference";
    const remedy = isPoolMissing ? ": write a ClusterPoolMap that has it" : "";
    return [{ address: draft.address, field, reason: `${maskCredentials(summary)}${remedy}` }];
  });
  if (found.length === 0) throw new Error(`no manifest causes ${errors[0]?.summary}`);
  return keepWidest(found);
}

function refersToPool(kind: Kind): boolean {
  return isAttributesKind(kind) && KIND_DEFINITIONS[kind].refersTo === "pool";
}

/** One omission of an object, or of each of its fields. */
function keepWidest(found: readonly Omission[]): readonly Omission[] {
  return [...Map.groupBy(found, ({ address }) => address).values()].flatMap((own) => {
    const whole = own.find(({ field }) => field === null);
    return whole === undefined ? [...new Map(own.map((one) => [one.field, one])).values()] : [whole];
  });
}

const OPTIONS: PlanOptions = {
  prune: "none",
  on_pool_change: "auto",
  ...{ target: [], exclude: [], replace: [], allow: [] },
  store: null,
};

/** What the plan of the folder would change, or is blocked by. */
function findUnequal(live: LiveState, desired: Desired, drafts: Drafts["drafts"]): readonly Omission[] {
  const { body, findings } = computePlan({
    ...takeUp(NOTHING_RECALLED, { desired, live, options: OPTIONS }),
    ...{ desired, live, options: OPTIONS, revision: null },
  });
  const written = new Map(drafts.map(({ address }) => [`${address}`, address]));
  const changed = body.changes
    .filter((change) => !isNoOp(change))
    .map((change) => [change.address, describeDifference(change)] as const);
  const refused = findings
    .filter(({ status }) => status === "fail")
    .flatMap(({ addresses, message }) => addresses.map((address) => [address, message] as const));
  return keepWidest(
    [...changed, ...refused].flatMap(([found, reason]) => {
      const address = written.get(found);
      return address === undefined ? [] : [{ address, field: null, reason }];
    }),
  );
}

function describeDifference(change: Change): string {
  const fields = describeChange(change).fields.map(
    ({ path, before, after }) => `${path} from ${formatValue(before)} to ${formatValue(after)}`,
  );
  return `a plan would change ${fields.join(", ")}`;
}
