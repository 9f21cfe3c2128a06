import type { Change, Op, Origin, Plan } from "../../model/plan.ts";

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
  const harsh = findHarsh(plan);
  const real = plan.changes.filter(({ actions }) => actions[0] !== "no-op");
  return GROUPS.map(({ origin, ...group }) => {
    const changes = real.filter((change) => change.origin === origin);
    return { ...group, changes: changes.toSorted((left, right) => rank(left, harsh) - rank(right, harsh)) };
  }).filter(({ changes }) => changes.length > 0);
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
