import { type NotWrittenBack, type WriteBack, writeBack } from "../../manifests/export/write-back.ts";
import { hasErrors } from "../../manifests/load-desired.ts";
import type { Address } from "../../model/address.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import type { Declared } from "../../model/objects/desired.ts";
import { type Change, isNoOp } from "../../model/plan/plan.ts";
import { actionFor, hashDifference, isConfirmed, recogniseDrift } from "../../plan/policy/judge-drift.ts";
import { findHere, findSightings } from "../../reconcile/pass/find-here.ts";
import { openPlanning, type Planning } from "../../reconcile/pass/open-planning.ts";
import { loadFiles, loadRevision } from "../../reconcile/source/load-revision.ts";
import type { SourceFiles } from "../../reconcile/source/source.ts";
import type { ReviewTools } from "../review/review-tools.ts";

/** What is written into the manifests of a base for what drifted, and what is not. */
export interface DriftDraft extends WriteBack {
  /** All manifests of the base with the new texts. */
  readonly read: SourceFiles;
  /** When each that drifted was first seen: the same, once it was gone, is another drift. */
  readonly since: readonly string[];
}

/** How often objects that turn out not to be writable are left out, before nothing is written at all. */
const MOST_TRIES = 4;

/** `gone`: no drift is left to propose. `waiting`: it was not seen often enough, or is unknown now. */
export type DriftFound =
  | { readonly kind: "gone" }
  | { readonly kind: "waiting" }
  | { readonly kind: "drafted"; readonly draft: DriftDraft };

/**
 * Writes what drifted, was seen often enough and is to be proposed into the manifests of the base. What comes out was planned: it is
 * valid, and plans nothing for what it wrote.
 */
export async function draftDrift(
  { pass, signal }: Pick<ReviewTools, "pass" | "signal">,
  base: string,
): Promise<DriftFound> {
  const { config, records, source, cache, target } = pass;
  const state = findHere(await records.readState(config.name), config);
  // An earlier revision is held on to: what differs from the newest is no drift.
  if (state === null || state.pinned_revision !== null) return { kind: "waiting" };
  const sightings = new Map((await findSightings(records, config)).map((sighting) => [sighting.address, sighting]));
  const isProposed = (address: Address) => actionFor(address, config.drift) === "propose";
  if (![...sightings.keys()].some(isProposed)) return { kind: "gone" };
  const loaded = await loadRevision(source, base, { org: target.org, cache, signal });
  if (hasErrors(loaded.diagnostics)) return { kind: "waiting" };
  const { desired, diagnostics } = pass.resolve(loaded);
  if (hasErrors(diagnostics)) return { kind: "waiting" };
  await pass.renew();
  const planning = await openPlanning(pass, signal);
  const { plan } = await planning.plan({ desired, revision: base });
  const appliedRevision = state.applied_revision;
  const isDrift = recogniseDrift({ revision: base, appliedRevision, sightings: [...sightings.values()] });
  const drifted = plan.changes.filter((change) => isProposed(change.address) && isDrift(change));
  if (drifted.length === 0) return { kind: "gone" };
  const now = await records.now();
  const changes = drifted.filter((change) => {
    const sighting = sightings.get(change.address);
    const isSame = sighting?.difference === hashDifference(change);
    return isSame && isConfirmed(sighting, config.drift, now);
  });
  if (changes.length === 0) return { kind: "waiting" };
  const read = await source.read(base);
  const draft = await settleDraft({
    planning,
    read,
    desired,
    changes,
    check: { base, org: target.org, cache, signal, resolve: pass.resolve },
  });
  return {
    kind: "drafted",
    draft: { ...draft, since: changes.map(({ address }) => sightings.get(address)?.first_at ?? "") },
  };
}

type Settled = Omit<DriftDraft, "since">;

interface Drafting {
  readonly planning: Planning;
  readonly read: SourceFiles;
  readonly desired: Declared;
  readonly changes: readonly Change[];
  readonly check: Pick<ReviewTools["pass"], "cache" | "resolve"> & {
    readonly base: string;
    readonly org: string;
    readonly signal: AbortSignal;
  };
}

/** Leaves out, one try after the other, what is not as it is live once it is written. */
async function settleDraft(drafting: Drafting): Promise<Settled> {
  const { planning, read, desired, changes } = drafting;
  const physical = new Map(planning.memory.owned.map(({ address, physical_name }) => [address, physical_name]));
  const refused = new Map<Address, NotWrittenBack>();
  for (let tries = 0; ; tries += 1) {
    const left = [...refused.values()];
    const chosen = tries < MOST_TRIES ? changes.filter(({ address }) => !refused.has(address)) : [];
    const draft = writeBack({ files: read.files, desired, changes: chosen, physical });
    const written = { ...draft, left: [...draft.left, ...left], read: withTexts(read, draft.files) };
    const wrong = draft.written.length === 0 ? [] : await findWrong(drafting, written);
    if (wrong.length === 0) return written;
    for (const one of wrong) refused.set(one.change.address, one);
  }
}

async function findWrong(
  { planning, check }: Drafting,
  { read, written }: Settled,
): Promise<readonly NotWrittenBack[]> {
  const { desired, diagnostics } = check.resolve(await loadFiles(read, check));
  if (hasErrors(diagnostics)) return blame(written, diagnostics);
  const { plan } = await planning.plan({ desired, revision: check.base });
  const differing = new Set(plan.changes.filter((change) => !isNoOp(change)).map(({ address }) => address));
  return written
    .filter(({ change }) => differing.has(change.address))
    .map(({ change }) => ({ change, reason: "its manifest can't express all of the live state" }));
}

/** Those whose manifest is said to be wrong; all of them where it is another one that is wrong because of them. */
function blame(written: WriteBack["written"], diagnostics: readonly Diagnostic[]): readonly NotWrittenBack[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const found = written.flatMap(({ change, file }) => {
    const error = errors.find((one) => (one.address === null ? one.file === file : one.address === change.address));
    return error === undefined ? [] : [{ change, reason: `the manifests would be invalid: ${error.summary}` }];
  });
  const [first] = errors;
  if (found.length > 0 || first === undefined) return found;
  return written.map(({ change }) => ({ change, reason: `the manifests would be invalid: ${first.summary}` }));
}

/** A changed text has no blob yet: none is as good as another. */
function withTexts({ files, diagnostics }: SourceFiles, texts: ReadonlyMap<string, string>): SourceFiles {
  return { files: files.map((file) => ({ ...file, text: texts.get(file.path) ?? file.text })), diagnostics };
}
