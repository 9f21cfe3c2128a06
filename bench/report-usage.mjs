// Preloaded into a measured program: at its end, it writes down what the program used, by its own account.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu_ms: (userCPUTime + systemCPUTime) / 1000, peak_mb: (maxRSS * 1024) / 1e6 };
  writeFileSync(process.env.POOLKEEPER_BENCH_USAGE, JSON.stringify(usage));
});
