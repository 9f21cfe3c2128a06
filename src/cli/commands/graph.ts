import { buildGraph } from "../../plan/routing/build-graph.ts";
import type { Graph } from "../../plan/routing/graph.ts";
import { renderGraphDot } from "../../report/routing/render-graph-dot.ts";
import { renderGraphMermaid } from "../../report/routing/render-graph-mermaid.ts";
import { renderGraphSvg } from "../../report/routing/render-graph-svg.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument } from "../output/show-result.ts";
import { writeResult } from "../output/write-result.ts";
import { readStates, type StatesOptions } from "../targets/read-states.ts";

/** Options of `poolkeeper graph`. */
export interface GraphCommandOptions extends Omit<StatesOptions, "json"> {
  readonly format: "svg" | "dot" | "mermaid";
  /** File that the picture is saved in, instead of stdout. */
  readonly out?: string | undefined;
}

/** Draws the routing after the plan of a folder is applied, with its changes marked. */
export async function runGraph(options: GraphCommandOptions): Promise<number> {
  const states = await readStates({ ...options, json: false });
  if (states === null) return EXIT.invalid;
  const { live, desired, changes } = states;
  const picture = RENDERERS[options.format](buildGraph(desired, changes, { before: live }));
  if (options.out === undefined) showDocument(picture);
  else writeResult(options.out, picture, "The picture");
  return EXIT.ok;
}

const RENDERERS: Readonly<Record<GraphCommandOptions["format"], (graph: Graph) => string>> = {
  svg: renderGraphSvg,
  dot: renderGraphDot,
  mermaid: renderGraphMermaid,
};
