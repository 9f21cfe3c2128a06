import { showInLine } from "../../model/text/show-text.ts";
import type { Graph, GraphChange, GraphNode } from "../../plan/routing/graph.ts";
import { CHANGE_SIGNS, CHANGE_WORDS, coloursOf, GRAPH_CHANGES, signTitle } from "./describe-graph.ts";
import {
  type GraphLayout,
  layOutGraph,
  type PlacedEdge,
  type PlacedGroup,
  type PlacedNode,
  TITLE_HEIGHT,
} from "./layout-graph.ts";

const FAINT = "#818b98";
const LEGEND_HEIGHT = 34;

/** A graph as an SVG picture: it is self-contained, runs nothing, loads nothing, and is readable on light and dark ground. */
export function renderGraphSvg(graph: Graph): string {
  const layout = layOutGraph(graph);
  const changes = GRAPH_CHANGES.filter((change) =>
    [...graph.groups, ...graph.nodes, ...graph.edges].some((item) => item.change === change),
  );
  const width = layout.width;
  const height = layout.height + (changes.length > 0 ? LEGEND_HEIGHT : 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    `<title>Routing</title>`,
    ...layout.columns.map(({ title, x }) => text(x, 32, title, `fill="${FAINT}" font-size="12" font-weight="600"`)),
    ...layout.groups.map(renderGroup),
    ...layout.edges.map(renderEdge),
    ...layout.nodes.map(renderNode),
    ...layout.edges.flatMap(renderEdgeLabel),
    ...renderLegend(changes, layout),
    "</svg>",
    "",
  ].join("\n");
}

function renderGroup({ group, x, y, width, height }: PlacedGroup): string {
  const { line, fill, text: colour } = coloursOf(group.change);
  const round = (path: string, style: string) => `<path d="${path}" ${style}/>`;
  const head = `M${x} ${y + TITLE_HEIGHT}v${8 - TITLE_HEIGHT}q0 -8 8 -8h${width - 16}q8 0 8 8v${TITLE_HEIGHT - 8}z`;
  return [
    `<g><title>${escapeXml(group.title)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${FAINT}" fill-opacity="0.12" stroke="${line}"/>`,
    round(head, `fill="${group.change === null ? "#d8dee4" : fill}" stroke="${line}"`),
    text(x + 10, y + 18, shorten(signTitle(group), TITLE_LETTERS), `fill="${colour}" font-weight="600"`),
    "</g>",
  ].join("");
}

const TITLE_LETTERS = 26;
const NOTE_LETTERS = 34;
const MOST_NAMES = 100;

function renderNode({ node, x, y, width, height }: PlacedNode): string {
  const { line, fill, text: colour } = coloursOf(node.change);
  const round = node.kind === "queue" ? 13 : node.kind === "label" ? 0 : 5;
  const dash = node.change === "delete" ? ' stroke-dasharray="4 3"' : "";
  const rest = node.names.length > MOST_NAMES ? ` … and ${node.names.length - MOST_NAMES} more` : "";
  const tip = `${node.kind}: ${node.names.slice(0, MOST_NAMES).join(", ")}${rest}${node.note === "" ? "" : ` (${node.note})`}`;
  return [
    `<g><title>${escapeXml(tip)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${fill}" stroke="${line}"${dash}/>`,
    text(
      x + 12,
      y + 18.5,
      shorten(signTitle(node), TITLE_LETTERS),
      `fill="${colour}"${isMany(node) ? ' font-weight="600"' : ""}`,
    ),
    node.note === "" ? "" : text(x + 12, y + 34.5, shorten(node.note, NOTE_LETTERS), 'fill="#59636e" font-size="11"'),
    "</g>",
  ].join("");
}

function isMany({ names }: GraphNode): boolean {
  return names.length > 1;
}

interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

function lineOf({ from, to }: PlacedEdge): Line {
  return { x1: from.x + from.width, y1: from.y + from.height / 2, x2: to.x - 6, y2: to.y + to.height / 2 };
}

function renderEdge(placed: PlacedEdge): string {
  const { x1, y1, x2, y2 } = lineOf(placed);
  const { change } = placed.edge;
  const colour = coloursOf(change).line;
  const bend = Math.min(80, (x2 - x1) / 2);
  const weight = change === null ? "1" : "2";
  const dash = change === "delete" ? ' stroke-dasharray="4 3"' : "";
  const curve = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const tip = `M${x2 - 1} ${y2 - 3.5}l7 3.5l-7 3.5z`;
  return `<path d="${curve}" fill="none" stroke="${colour}" stroke-width="${weight}"${dash}/><path d="${tip}" fill="${colour}"/>`;
}

/** At the middle of the edge, where those from one node and those to one node have parted. */
function renderEdgeLabel(placed: PlacedEdge): readonly string[] {
  if (placed.edge.label === "") return [];
  const { x1, y1, x2, y2 } = lineOf(placed);
  const style = `fill="${FAINT}" font-size="11" text-anchor="middle"`;
  return [text((x1 + x2) / 2, (y1 + y2) / 2 - 3, placed.edge.label, style)];
}

function renderLegend(changes: readonly GraphChange[], { height }: GraphLayout): readonly string[] {
  return changes.flatMap((change, index) => {
    const { fill, line } = coloursOf(change);
    const x = 20 + index * 130;
    const label = `${CHANGE_SIGNS[change]} ${CHANGE_WORDS[change]}`;
    return [
      `<rect x="${x}" y="${height}" width="16" height="16" rx="4" fill="${fill}" stroke="${line}"/>`,
      text(x + 24, height + 13, label, `fill="${FAINT}" font-size="12"`),
    ];
  });
}

function text(x: number, y: number, content: string, style: string): string {
  return `<text x="${x}" y="${y}" ${style}>${escapeXml(content)}</text>`;
}

/** As much of a text as there is room for; signs of wide scripts take two places. */
function shorten(content: string, most: number): string {
  const signs = [...content];
  const widths = signs.map((sign) => ((sign.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1));
  let room = most;
  const end = widths.findIndex((width) => {
    room -= width;
    return room < 0;
  });
  return end === -1 ? content : `${signs.slice(0, Math.max(0, end - 1)).join("")}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML, in elements and in quoted attributes: no sign of it is markup, and none is one that XML does not know. */
export function escapeXml(text: string): string {
  const known = showInLine(text.toWellFormed()).replace(/[\ufffe\uffff]/g, "?");
  return known.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
