import { buildGraph } from "../plan/routing/build-graph.ts";
import { gatherFacts } from "../reconcile/gather-facts.ts";
import type { PassResult } from "../reconcile/pass/run-pass.ts";
import { renderGraphSvg } from "../report/render-graph-svg.ts";

/** Draws the routing after the last plan, with its changes marked; null where there was no plan. */
export function drawTarget({ findings: { planned } }: PassResult): string | null {
  if (planned === null) return null;
  const { world, whole } = planned;
  const { live, desired } = gatherFacts({ ...world, body: whole });
  return renderGraphSvg(buildGraph(desired, whole.changes, { before: live }));
}
