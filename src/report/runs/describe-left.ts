import type { Json } from "../../model/json/json.ts";
import type { ApplyReport } from "../../model/plan/apply-report.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";

/**
 * What a run leaves unfinished, started by itself or by an earlier run that it resumed, and what that means until the next apply: titles
 * with a line for each object; empty if nothing is unfinished.
 */
export function describeLeft({ left_drained, begun, steps }: ApplyReport, plan: Plan): readonly string[] {
  const applied = new Set(steps.filter(({ status }) => status === "applied").map(({ id }) => id));
  const written = findLeftWrittenOut(plan, applied);
  const named = new Set([...left_drained, ...written.map(({ queue }) => `queue.${queue}`)]);
  const others = begun.filter((address) => !named.has(address));
  return [
    ...titled(
      "Left drained:",
      left_drained.map((name) => `${name} (${describeDrained(name, steps)})`),
    ),
    ...titled(
      "Left written out:",
      written.map(({ queue, as }) => `queue.${queue} (${as}, not *, until the apply is run again)`),
    ),
    ...titled("Started but not finished:", others),
  ];
}

/** What was refused is refused again: another apply helps only where nothing was refused. */
function describeDrained(name: string, steps: ApplyReport["steps"]): string {
  const isRefused = steps.some(
    ({ kind, physical_name, op, status }) =>
      `${kind}.${physical_name}` === name && (op === "delete" || op === "move") && status === "failed",
  );
  return isRefused
    ? "it takes no work until the failure above is fixed, or it is put back into service"
    : "it takes no work until the apply is run again";
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

interface WrittenOut {
  readonly queue: string;
  /** Where it sends work until then, as far as it is known. */
  readonly as: string;
}

/** Queues that still name clusters because the run ended before it set them back to `*`. */
function findLeftWrittenOut(plan: Plan, applied: ReadonlySet<string>): readonly WrittenOut[] {
  const deleted = new Set(
    plan.steps.filter(({ kind, op }) => kind === "cluster" && op === "delete").map(({ id }) => id),
  );
  const isRestore = (step: Step) =>
    step.phase === "restore" || (isStar(selectorSet(step)) && step.after.some((before) => deleted.has(before)));
  return plan.steps
    .filter((step) => isRestore(step) && !applied.has(step.id))
    .flatMap(({ physical_name: queue, address }) => {
      const writing = plan.steps.find((step) => step.physical_name === queue && step.phase === "write-out");
      if (writing !== undefined) return applied.has(writing.id) ? [{ queue, as: describe(selectorSet(writing)) }] : [];
      // No step here writes it out: an earlier run did.
      const before = plan.changes.find(
        (change) => change.address === address && change.physical_name === queue,
      )?.before;
      return [{ queue, as: describe(before?.clusters) }];
    });
}

function selectorSet(step: Step): readonly string[] | undefined {
  return step.kind === "queue" && (step.op === "create" || step.op === "update") ? step.set.clusters : undefined;
}

function describe(clusters: Json | undefined): string {
  return Array.isArray(clusters) ? `sends work to ${clusters.join(", ")}` : "sends work to some clusters by name";
}

function isStar(clusters: Json | undefined): boolean {
  return Array.isArray(clusters) && clusters.length === 1 && clusters[0] === "*";
}
