import { type Change, isNoOp, type Origin, type Plan } from "../../../model/plan/plan.ts";
import type { PlanParts } from "../../../model/reviews/review.ts";

/** Changes that have one cause, what destroys or interrupts first. */
export interface ChangeGroup {
  readonly id: string;
  readonly title: string;
  /** Explains the group to a first-time reader. */
  readonly hint: string;
  readonly changes: readonly Change[];
}

const GROUPS: readonly (Omit<ChangeGroup, "changes"> & { readonly origin: Origin })[] = [
  {
    origin: "commit",
    id: "by-commit",
    title: "Changed by commits",
    hint: "Caused by commits in the repository.",
  },
  {
    origin: "both",
    id: "by-both",
    title: "Changed by commits and drift",
    hint: "Changed both in the repository and outside of it.",
  },
  {
    origin: "drift",
    id: "by-drift",
    title: "Drift",
    hint: "Changed outside of the repository. Applying reverts it.",
  },
  {
    origin: "unknown",
    id: "by-unknown",
    title: "Differs",
    hint: "Nothing was applied before, so the origin of the change is unknown.",
  },
];

/** The planned changes by origin, without empty groups. */
export function groupChanges(plan: Pick<Plan, "changes" | "effects">): readonly ChangeGroup[] {
  return fillGroups(
    plan,
    GROUPS.map(({ origin, ...group }) => ({ group, has: (change) => change.origin === origin })),
  );
}

const PARTS: readonly (Omit<ChangeGroup, "changes"> & { readonly part: keyof PlanParts })[] = [
  {
    part: "request",
    id: "by-request",
    title: "This request changes",
    hint: "Caused by this request alone.",
  },
  {
    part: "both",
    id: "by-both",
    title: "Already out of sync, and changed by this request",
    hint: "Drift, or an earlier merge that is not applied yet; this request changes it further.",
  },
  {
    part: "earlier",
    id: "by-earlier",
    title: "Merged before and not applied yet",
    hint: "Also out of sync without this request: commits on the branch caused it.",
  },
  {
    part: "drift",
    id: "by-drift",
    title: "Existing drift",
    hint: "Also out of sync without this request: changed outside of the repository.",
  },
];

/** The changes that a merge would make, by whether the request causes them, without empty groups. */
export function groupByParts(plan: Pick<Plan, "changes" | "effects">, parts: PlanParts): readonly ChangeGroup[] {
  const places = new Map<string, keyof PlanParts>();
  for (const part of ["drift", "earlier", "both", "request"] as const)
    for (const address of parts[part] ?? []) places.set(address, part);
  return fillGroups(
    plan,
    // Otherwise a change that no part names would be hidden.
    PARTS.map(({ part, ...group }) => ({ group, has: ({ address }) => (places.get(address) ?? "request") === part })),
  );
}

interface EmptyGroup {
  readonly group: Omit<ChangeGroup, "changes">;
  readonly has: (change: Change) => boolean;
}

function fillGroups(plan: Pick<Plan, "changes" | "effects">, groups: readonly EmptyGroup[]): readonly ChangeGroup[] {
  const harsh = findHarsh(plan);
  const real = plan.changes.filter((change) => !isNoOp(change));
  const filled = groups.map(({ group, has }) => {
    const changes = real.filter(has).toSorted((left, right) => rank(left, harsh) - rank(right, harsh));
    return { ...group, changes };
  });
  return filled.filter(({ changes }) => changes.length > 0);
}

/** Changes without a write: adopted as they are, forgotten, or impossible. */
export function listRecorded({ changes }: Pick<Plan, "changes">): readonly Change[] {
  return changes.filter(isNoOp);
}

/** Addresses of objects that are destroyed, moved or taken out of service. */
export function findHarsh({ effects }: Pick<Plan, "effects">): ReadonlySet<string> {
  return new Set(effects.filter(({ disruption }) => disruption !== "none").map(({ address }) => address));
}

function rank({ address, action }: Change, harsh: ReadonlySet<string>): number {
  if (action === "delete") return 0;
  if (action === "replace") return 1;
  return harsh.has(address) ? 2 : 3;
}
