import { buildGraph } from "../plan/routing/build-graph.ts";
import { gatherFacts } from "../reconcile/gather-facts.ts";
import type { PassResult } from "../reconcile/pass/run-pass.ts";
import { renderGraphSvg } from "../report/render-graph-svg.ts";

/** Draws who runs where once the last plan is carried out, with what it changes marked; null where there was no plan. */
export function drawTarget({ findings: { planned } }: PassResult): string | null {
  if (planned === null) return null;
  const { world, whole } = planned;
  const { live, desired } = gatherFacts({ ...world, body: whole });
  return renderGraphSvg(buildGraph(desired, whole.changes, { before: live }));
}
