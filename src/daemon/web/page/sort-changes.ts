import type { Change, Op, Origin, Plan } from "../../../model/plan.ts";
import type { PlanParts } from "../../../model/review.ts";

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
    hint: "In the repository and not applied yet.",
  },
  {
    origin: "both",
    id: "by-both",
    title: "Changed by commits and drift",
    hint: "Changed in the repository, and outside of it too.",
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
export function groupChanges(plan: Pick<Plan, "changes" | "steps">): readonly ChangeGroup[] {
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
    hint: "Out of sync without this request too: commits on the branch caused it.",
  },
  {
    part: "drift",
    id: "by-drift",
    title: "Existing drift",
    hint: "Out of sync without this request too: changed outside of the repository.",
  },
];

/** The changes that a merge would make, by whether the request causes them, without empty groups. */
export function groupByParts(plan: Pick<Plan, "changes" | "steps">, parts: PlanParts): readonly ChangeGroup[] {
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

function fillGroups(plan: Pick<Plan, "changes" | "steps">, groups: readonly EmptyGroup[]): readonly ChangeGroup[] {
  const harsh = findHarsh(plan);
  const real = plan.changes.filter(({ actions }) => actions[0] !== "no-op");
  const filled = groups.map(({ group, has }) => {
    const changes = real.filter(has).toSorted((left, right) => rank(left, harsh) - rank(right, harsh));
    return { ...group, changes };
  });
  return filled.filter(({ changes }) => changes.length > 0);
}

/** Changes without a write: adopted as they are, forgotten, or impossible. */
export function listRecorded({ changes }: Pick<Plan, "changes">): readonly Change[] {
  return changes.filter(({ actions }) => actions[0] === "no-op");
}

const HARSH_OPS: readonly Op[] = ["delete", "drain", "move"];

/** Addresses of objects that are destroyed, moved or taken out of service. */
export function findHarsh({ changes, steps }: Pick<Plan, "changes" | "steps">): ReadonlySet<string> {
  const stopped = steps.filter(({ op }) => HARSH_OPS.includes(op)).map(({ address }) => address);
  const destroyed = changes.filter(({ actions }) => actions.includes("delete")).map(({ address }) => address);
  return new Set([...stopped, ...destroyed]);
}

function rank({ address, actions }: Change, harsh: ReadonlySet<string>): number {
  if (actions.includes("delete")) return actions.length === 1 ? 0 : 1;
  return harsh.has(address) ? 2 : 3;
}
