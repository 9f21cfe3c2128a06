import type { Change, Op, Origin, Plan } from "../../../model/plan.ts";
import type { PlanParts } from "../../../model/review.ts";

/** Changes that have one cause, what destroys or interrupts first. */
export interface ChangeGroup {
  readonly id: string;
  readonly title: string;
  /** What it means, for those who see it the first time. */
  readonly hint: string;
  readonly changes: readonly Change[];
}

const GROUPS: readonly (Omit<ChangeGroup, "changes"> & { readonly origin: Origin })[] = [
  {
    origin: "commit",
    id: "by-commit",
    title: "Changed by commits",
    hint: "What the repository asks for and was not applied yet.",
  },
  {
    origin: "both",
    id: "by-both",
    title: "Changed by commits and outside",
    hint: "The repository changed it, and so did someone else.",
  },
  {
    origin: "drift",
    id: "by-drift",
    title: "Drift",
    hint: "Changed outside of the repository. Applying puts it back.",
  },
  {
    origin: "unknown",
    id: "by-unknown",
    title: "Differs",
    hint: "Nothing was applied before, so nobody can tell who changed it.",
  },
];

/** The changes that are to be made, by who caused them; groups without any are left out. */
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
    hint: "Without it, none of this would differ.",
  },
  {
    part: "both",
    id: "by-both",
    title: "Differs already, and this request changes it",
    hint: "Drift, or an earlier merge that is not carried out yet; with this request it becomes another change.",
  },
  {
    part: "earlier",
    id: "by-earlier",
    title: "Merged before and not applied yet",
    hint: "Differs without this request too: commits of the branch ask for it.",
  },
  {
    part: "drift",
    id: "by-drift",
    title: "Drift that is already there",
    hint: "Differs without this request too: somebody changed it outside.",
  },
];

/** The changes that are to be made when a request is merged, by whether it is their cause; groups without any are left out. */
export function groupByParts(plan: Pick<Plan, "changes" | "steps">, parts: PlanParts): readonly ChangeGroup[] {
  const places = new Map<string, keyof PlanParts>();
  for (const part of ["drift", "earlier", "both", "request"] as const)
    for (const address of parts[part] ?? []) places.set(address, part);
  return fillGroups(
    plan,
    // What no part names would be hidden otherwise.
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

/** Changes that need no write: adopted as they are, forgotten, or impossible. */
export function listRecorded({ changes }: Pick<Plan, "changes">): readonly Change[] {
  return changes.filter(({ actions }) => actions[0] === "no-op");
}

const HARSH_OPS: readonly Op[] = ["delete", "drain", "move"];

/** Addresses of what is destroyed, moved or taken out of service. */
export function findHarsh({ changes, steps }: Pick<Plan, "changes" | "steps">): ReadonlySet<string> {
  const stopped = steps.filter(({ op }) => HARSH_OPS.includes(op)).map(({ address }) => address);
  const destroyed = changes.filter(({ actions }) => actions.includes("delete")).map(({ address }) => address);
  return new Set([...stopped, ...destroyed]);
}

function rank({ address, actions }: Change, harsh: ReadonlySet<string>): number {
  if (actions.includes("delete")) return actions.length === 1 ? 0 : 1;
  return harsh.has(address) ? 2 : 3;
}
