import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../src/plan/routing/graph.ts";
import { renderGraphDot } from "../../../src/report/routing/render-graph-dot.ts";
import { renderGraphMermaid } from "../../../src/report/routing/render-graph-mermaid.ts";
import { escapeXml, renderGraphSvg } from "../../../src/report/routing/render-graph-svg.ts";
import { pictureHostile, pictureLarge, pictureSmall } from "../build-pictured.ts";

const GOLDEN = join(import.meta.dirname, "graph");
const RENDERERS = { dot: renderGraphDot, mmd: renderGraphMermaid, svg: renderGraphSvg };

describe.each(Object.entries(RENDERERS))("a picture as %s", (format, render) => {
  test.each(Object.entries({ small: pictureSmall, large: () => pictureLarge(500) }))(
    "of the %s organization is what it was when somebody looked at it",
    async (name, picture) => {
      await expect(render(picture())).toMatchFileSnapshot(join(GOLDEN, `${name}.${format}`));
    },
  );

  test("is the same whatever the order of what it is drawn from", () => {
    expect(render(pictureSmall({ reversed: true }))).toBe(render(pictureSmall()));
  });

  test("of nothing is sound", () => {
    expect(render({ groups: [], nodes: [], edges: [] })).not.toContain("undefined");
  });
});

describe("names that are markup", () => {
  test("stay within their strings in DOT", () => {
    const dot = renderGraphDot(pictureHostile());
    const outside = dot.replace(/"(\\.|[^"\\])*"/g, '""');
    expect(outside).not.toMatch(/evil|script|[\\<]/);
    expect(outside.match(/"/g)?.length ?? 0).toBe((outside.match(/""/g)?.length ?? 0) * 2);
  });

  test("are no signs of Mermaid, Markdown or HTML in Mermaid", () => {
    const labels = [...renderGraphMermaid(pictureHostile()).matchAll(/"([^\n]*)"/g)].map(([, label = ""]) => label);
    expect(labels.length).toBeGreaterThan(4);
    for (const label of labels) {
      expect(label.replace(/#\d+;|<br\/>/g, "")).toMatch(/^[\p{L}\p{N} ._-]*$/u);
      expect(label).not.toMatch(/(^|[ >;])[-._]|[-._]($|[ <#])/);
    }
  });

  test("are text in SVG, without a sign that XML does not know", () => {
    const svg = renderGraphSvg(pictureHostile());
    const tags = new Set([...svg.matchAll(/<\/?([a-z]+)/gi)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(["g", "path", "rect", "svg", "text", "title"]);
    expect(svg.replace(/<[^<>]*>|&(amp|lt|gt|quot|#39);/g, "")).not.toMatch(/[<>&]/);
    expect(svg.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\ufffe\uffff]/u);
    expect(svg.isWellFormed()).toBe(true);
    expect(escapeXml(`<a b='c' d="e">&`)).toBe("&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
  });

  test("too long for their node are cut in SVG and stand in full in its tooltip", () => {
    const name = "x".repeat(300);
    const node = { id: "n1", kind: "queue", group: null, title: name, note: "", names: [name], change: null } as const;
    const graph: Graph = { groups: [], nodes: [node], edges: [] };
    expect(renderGraphSvg(graph)).toContain(`>${"x".repeat(25)}…</text>`);
    expect(renderGraphSvg(graph)).toContain(`<title>queue: ${name}</title>`);
  });
});

test("the picture in the documents is that of the small organization", () => {
  const shown = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "images", "graph.svg"), "utf8");
  expect(shown).toBe(renderGraphSvg(pictureSmall()));
});
