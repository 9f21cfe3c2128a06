// Plans and applies a folder of manifests against a control plane, and plans again: node apply.ts FOLDER
import {
  applyPlan,
  computePlan,
  formatDiagnostics,
  formatPlan,
  formatReport,
  isEmptyPlan,
  openTarget,
  readFolder,
  readLive,
  resolveDesired,
  startControlPlane,
} from "poolkeeper";

const folder = process.argv[2] ?? "config-repo";

// A control plane in this process, to try with. With one of your own, give its URL, your organization and a token instead.
await using controlPlane = await startControlPlane({ org: "acme" });
await using target = await openTarget({ endpoint: controlPlane.url, org: "acme", store: "./state" });

const { desired, diagnostics } = resolveDesired(await readFolder(folder), { org: target.org });
if (desired === null) throw new Error(formatDiagnostics(diagnostics));

const live = await readLive(target, desired);
const plan = await computePlan(live, { prune: "owned" });
console.log(formatPlan(plan));

if (plan.applyable && !isEmptyPlan(plan)) {
  const report = await applyPlan(plan, live, {
    waitMs: 60_000,
    onEvent: (event) => event.type === "ended" && console.log(`${event.result.id}: ${event.result.status}`),
  });
  console.log(formatReport(report, plan));
}

const next = await computePlan(await readLive(target, desired), { prune: "owned" });
console.log(isEmptyPlan(next) ? "No changes." : formatPlan(next));
