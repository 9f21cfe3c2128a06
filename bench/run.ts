// npm run bench [-- --quick] [-- --daemon] [-- --sizes 100,1000] [-- --out FILE]: measures everything, prints it, and keeps it in
// bench/results. A quick run measures the smallest size once, and keeps it only where --out says; --daemon
// measures the daemon alone.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { collectFigures } from "./collect-figures.ts";
import { renderFigure, renderRun } from "./render-run.ts";
import { keepRun } from "./results.ts";

const RESULTS = join(import.meta.dirname, "results");
const ALL_SIZES = "100,1000,10000,100000";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    daemon: { type: "boolean", default: false },
    sizes: { type: "string" },
    out: { type: "string" },
  },
});
const started = new Date().toISOString();
const sizes = (values.sizes ?? (values.quick ? "100" : ALL_SIZES)).split(",").map(Number);
const figures = await collectFigures({
  sizes,
  repeat: values.quick ? 1 : 5,
  applySize: values.quick ? 100 : 1_000,
  daemon: values.quick
    ? { passes: 1, pushes: 1, targets: 2, requests: 2, quietMs: 200 }
    : { passes: 100, pushes: 40, targets: 100, requests: 20, quietMs: 1_500 },
  onlyDaemon: values.daemon,
  onFigure: (figure) => {
    const [name = "", ...cells] = renderFigure(figure);
    console.log(`${name.padEnd(52)}${cells.map((cell) => cell.padStart(11)).join("")}`);
  },
});
const isWhole = !values.quick && !values.daemon && values.sizes === undefined;
const file = values.out ?? (isWhole ? join(RESULTS, "bench.json") : undefined);
if (file !== undefined) {
  const { run, previous } = keepRun(file, figures, started);
  writeFileSync(file.replace(/(\.json)?$/, ".md"), renderRun(run, previous));
  console.log(`kept in ${file}`);
}
