import type { Address } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { classifyChanges } from "../../model/plan/classify-changes.ts";
import type { PlanBody, PlanEffect } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { listDeclared } from "../decide/former-records.ts";
import type { DesiredObject } from "../fields/recorded-manifest.ts";
import { isLive } from "../input/index-world.ts";

/** The share of what is managed that one plan may disrupt unless its input says otherwise. */
const DISRUPTION_SHARE = 0.3;
/** From how many managed objects on it is looked at whether a folder names them still: of two a single one is half. */
const FOLDER_FROM = 3;

/** What is managed before the revision: each address once, by whether a manifest still names it. */
interface Managed {
  readonly named: ReadonlySet<Address>;
  readonly unnamed: ReadonlySet<Address>;
}

/**
 * What the checks over the whole set find: a plan that leaves nothing of what is managed, one that disrupts too much of it in one run, and one
 * of a folder that names little of it. What the revision has itself taken in on its way counts for none of it, so that no first part of a
 * rollout lets the rest pass.
 */
export function findSetRisks(decisions: Decisions, plan: Pick<PlanBody, "changes" | "steps">): readonly Finding[] {
  // What is new disrupts nothing, and the rest of an earlier replacement counted with that.
  const changed = new Set(plan.changes.filter(({ before }) => before !== null).map(({ address }) => address));
  const disrupted = classifyChanges(plan).filter(
    ({ address, disruption }) => disruption !== "none" && changed.has(address),
  );
  const isOwn = ({ revision }: OwnedObject) => revision !== null && revision === decisions.input.revision;
  const managed = findManaged(decisions, (record) => !isOwn(record));
  return [
    ...findEmptySet(decisions, managed),
    ...findDisruption(decisions, managed, disrupted),
    ...findOtherFolder(decisions, managed, isOwn),
  ];
}

function findEmptySet({ input, leftovers, placements }: Decisions, { named, unnamed }: Managed): readonly Finding[] {
  // An object may have several registrations.
  const gone = new Set<Address>([...leftovers.removals, ...placements.removals].map(({ address }) => address));
  const isEmptied = listDeclared(input).length === 0 && gone.size > 0;
  // One object may always be replaced by another one.
  const isReplaced = named.size === 0 && unnamed.size > 1 && [...unnamed].every((address) => gone.has(address));
  if (!isEmptied && !isReplaced) return [];
  const what = isEmptied
    ? `There is no manifest at all, and ${countNoun(gone.size, "object")} would be deleted.`
    : `All ${gone.size} managed objects would be deleted, and others created.`;
  const message = `${what} If this is intended, delete all but one first, or allow it for this plan.`;
  return [{ check: "empty-set", status: "fail", message, addresses: [] }];
}

function findDisruption(
  { input }: Decisions,
  { named, unnamed }: Managed,
  disrupted: readonly PlanEffect[],
): readonly Finding[] {
  const addresses = disrupted.map(({ address }) => address);
  // What is adopted and disrupted in one plan was there before, too.
  const total = new Set([...named, ...unnamed, ...addresses]).size;
  const { max_destroy_share: limit = DISRUPTION_SHARE } = input;
  const most = limitOf(total, limit);
  if (disrupted.length <= most) return [];
  const share = ((disrupted.length / total) * 100).toFixed(1);
  // Rounded: 0.07 * 100 is a little more than 7.
  const percent = Number((limit * 100).toFixed(1));
  const message = `${disrupted.length} of ${total} managed objects (${share} %) would be deleted, moved, replaced or drained; the limit is ${percent} %, here ${countNoun(most, "object")}. Split the change, or allow it for this plan.`;
  return [{ check: "max-disruption-share", status: "fail", message, addresses }];
}

/** With any share, one object may go: else small organizations could change nothing. A share of 0 is meant. */
function limitOf(total: number, share: number): number {
  if (share === 0) return 0;
  // Of 100 objects, 0.29 are a little less than 29.
  return Math.max(1, Math.floor(total * share + 1e-9));
}

/** Where it names no others it is no other folder: what it does not name any more is deleted, and counts for the share. */
function findOtherFolder(
  { input, continued }: Decisions,
  { named, unnamed }: Managed,
  isOwn: (record: OwnedObject) => boolean,
): readonly Finding[] {
  const total = named.size + unnamed.size;
  if (input.options.prune === "none" || total < FOLDER_FROM || named.size * 2 >= total) return [];
  const isOther = ({ address }: DesiredObject) => {
    const record = continued.get(address)?.[0];
    return record === undefined || isOwn(record);
  };
  if (!listDeclared(input).some(isOther)) return [];
  const share = Math.round((named.size / total) * 100);
  const message = `This looks like another environment's folder: it still names ${named.size} of ${total} managed objects (${share} %). Check branch and path; if it is the right folder, allow it for this plan.`;
  return [{ check: "other-folder", status: "fail", message, addresses: [] }];
}

/** What is live and was owned before, as far as `counts` says so; without a store what a manifest names is taken for it. */
function findManaged(decisions: Decisions, counts: (record: OwnedObject) => boolean): Managed {
  const { pools, clusters, queues, leftovers, placements, input, continued } = decisions;
  const isManaged = ({ address }: DesiredObject) => {
    const record = continued.get(address)?.[0];
    return record === undefined ? input.ownership === "manifest" : counts(record);
  };
  const registered = [...pools, ...clusters, ...queues]
    .filter(({ current, predecessors }) => (current !== null && isLive(current)) || predecessors.length > 0)
    .map(({ desired }) => desired);
  const placed = placements.wanted.flatMap(({ desired, before }) =>
    desired === null || before === null ? [] : [desired],
  );
  const isOwned = new Set(input.owned.map(({ address }) => address));
  const left = [leftovers, placements].flatMap(({ removals, kept, forgotten }) => [
    ...removals.filter(({ address }) => isOwned.has(address)),
    ...kept,
    // The others are not there any more.
    ...forgotten.filter(({ lifecycle }) => lifecycle.on_remove === "orphan"),
  ]);
  return {
    named: new Set([...registered, ...placed].filter(isManaged).map(({ address }) => address)),
    unnamed: new Set(left.map(({ address }) => address)),
  };
}
