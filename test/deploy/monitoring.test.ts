import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { nextTryMs } from "../../src/daemon/next-try-ms.ts";
import { createMetrics } from "../../src/daemon/web/metrics/metrics.ts";
import { runDeployTool } from "../set-up/deploy-tools.ts";
import { METRICS } from "./metric-names.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "deploy", "monitoring");
const alerts = readAlerts();
const dashboard = JSON.parse(readFileSync(join(FOLDER, "grafana-dashboard.json"), "utf8"));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

function readAlerts(): readonly Alert[] {
  const { groups } = Object(load(readFileSync(join(FOLDER, "alerts.yaml"), "utf8")));
  return groups.flatMap(({ rules }: { rules: readonly Alert[] }) => rules);
}

const panels: readonly Panel[] = dashboard.panels;
/** Of the dashboard Grafana fills in the variables first. */
const queries = [
  ...alerts.map(({ alert, expr }) => ({ name: alert, expr })),
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ name: title, expr: expr.replaceAll("$__rate_interval", "5m") })),
  ),
];

/** The metrics that PromQL reads, each with the labels that are named with it; or why it is no PromQL. */
async function readQueries(): Promise<Readonly<Record<string, { error?: string; selectors?: [string, string[]][] }>>> {
  const { stdout, stderr } = await runDeployTool(
    "python",
    [join(import.meta.dirname, "read-promql.py")],
    JSON.stringify([...new Set(queries.map(({ expr }) => expr))]),
  );
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("what is shipped for Prometheus and Grafana", () => {
  test("every query is PromQL over metrics and labels that the daemon has", async () => {
    const read = await readQueries();
    const wrong = queries.flatMap(({ name, expr }) => {
      const { error, selectors = [] } = read[expr] ?? {};
      if (error !== undefined) return [`${name}: ${error}`];
      return selectors.flatMap(([metric, labels]) => {
        const known = metric === "up" ? ["job"] : METRICS[metric.replace(/_(bucket|count|sum)$/, "")];
        if (known === undefined) return [`${name}: there is no metric ${metric}`];
        return labels.filter((label) => !known.includes(label)).map((label) => `${name}: ${metric} has no ${label}`);
      });
    });
    expect(wrong).toEqual([]);
  });

  test("a query that is no PromQL is found", async () => {
    const script = join(import.meta.dirname, "read-promql.py");
    const { stdout } = await runDeployTool("python", [script], JSON.stringify(["sum by (target (up)"]));
    expect(JSON.parse(stdout)["sum by (target (up)"]).toHaveProperty("error");
  });

  test("labels that a query groups by are labels of its metrics", () => {
    const wrong = queries.flatMap(({ name, expr }) => {
      const known = new Set([
        ...["le", "namespace", "job"],
        ...Object.entries(METRICS).flatMap(([metric, labels]) => (expr.includes(metric) ? labels : [])),
      ]);
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/,\s*/));
      return grouped.filter((label) => !known.has(label)).map((label) => `${name}: ${label}`);
    });
    expect(wrong).toEqual([]);
  });

  test("two daemons in one Prometheus whose targets have the same name are not taken for one", () => {
    const aggregations = queries.flatMap(({ name, expr }) =>
      [...expr.matchAll(/\b(?:sum|min|max|count)\b(?: by \(([^)]*)\))? \(|\bon \(([^)]*)\)/g)].map(([, by, on]) => ({
        name,
        labels: by ?? on ?? "",
      })),
    );
    expect(aggregations.length).toBeGreaterThan(30);
    // What a panel sums up over all of them, it has read of each.
    const merged = aggregations.filter(
      ({ labels }) => !/\bnamespace, job\b/.test(labels) && !/^(state|outcome|kind, state)$/.test(labels),
    );
    expect(merged).toEqual([]);
    const down = alerts.find(({ alert }) => alert === "PoolkeeperDown")?.expr;
    expect(down).toContain("unless count by (namespace, job) (poolkeeper_target_info)");
  });

  test("every alert says how bad it is, what happened and what to do, and uses labels that its query gives", () => {
    expect(alerts.length).toBeGreaterThan(8);
    for (const { expr, labels, annotations } of alerts) {
      expect(["warning", "critical"]).toContain(labels.severity);
      expect(annotations.description.length).toBeGreaterThan(40);
      const used = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
      expect(used.filter((label) => !new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr))).toEqual([]);
    }
  });

  test("no alert that has to last begins anew with another reason of the same state", () => {
    const lasting = alerts.filter((alert) => alert.for !== undefined);
    expect(lasting.length).toBeGreaterThan(3);
    expect(lasting.filter(({ expr }) => /by \([^)]*\breason\b/.test(expr)).map(({ alert }) => alert)).toEqual([]);
  });

  test("a target that is polled seldom has as much more time for a success", () => {
    expect(alerts.find(({ alert }) => alert === "PoolkeeperNoSuccess")?.expr).toContain(
      "poolkeeper_poll_interval_seconds",
    );
  });

  test("a repository that never answers is in alert without a gap", () => {
    const { expr = "" } = alerts.find(({ alert }) => alert === "PoolkeeperFetchFailing") ?? {};
    const [, minutes, least] = /\[(\d+)m\]\)\) >= (\d+)$/.exec(expr) ?? [];
    const longestFetchMs = 120_000;
    const cycleMs = longestFetchMs + nextTryMs(100, 0);
    // Between two samples a minute apart one may not be counted yet.
    expect(Math.floor((Number(minutes) * 60_000 - 60_000) / cycleMs)).toBeGreaterThanOrEqual(Number(least));
  });

  test("every alert stands in the docs, with what to do", () => {
    const docs = readFileSync(join(import.meta.dirname, "..", "..", "docs", "operate.md"), "utf8");
    expect(alerts.map(({ alert }) => alert).filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
  });

  test("the dashboard shows every metric, and no panel lies over another", () => {
    const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    expect(Object.keys(METRICS).filter((metric) => !shown.includes(metric))).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

test("what they read is what the daemon serves", async () => {
  const { text } = await createMetrics({ version: "1.0.0", processMetrics: false }).render();
  const served = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(served).toEqual(expect.arrayContaining(Object.keys(METRICS)));
});
