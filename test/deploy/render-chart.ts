import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { runDeployTool } from "../set-up/deploy-tools.ts";

const CHART = join(import.meta.dirname, "..", "..", "deploy", "helm", "poolkeeper");

/** Values of a chart, as a file of values has them. */
export type Values = Readonly<Record<string, unknown>>;

/** What Helm makes of the chart: files by name (`deployment.yaml`), empty ones left out, and what `helm lint --strict` says. */
export interface Rendered {
  readonly files: Readonly<Record<string, string>>;
  readonly lint: readonly string[];
}

/** The values that lie with the chart for tests and as examples. */
export function readValues(name: "sqlite" | "postgres"): Values {
  return { ...Object(load(readFileSync(join(CHART, "ci", `${name}-values.yaml`), "utf8"))) };
}

/** Renders the chart as a release `poolkeeper`. Throws with Helm's words where it refuses the values. */
export async function renderChart(values: Values): Promise<Rendered> {
  const script = join(import.meta.dirname, "render-chart.py");
  const { code, stdout, stderr } = await runDeployTool("python", [script, CHART], JSON.stringify(values));
  if (code !== 0) throw new Error(stderr);
  const answer = JSON.parse(stdout);
  if ("error" in answer) throw new Error(answer.error);
  const files = Object.entries(answer.files).map(([path, text]) => [path.split("/").at(-1), String(text)] as const);
  return { files: Object.fromEntries(files.filter(([, text]) => text.trim() !== "")), lint: answer.lint };
}
