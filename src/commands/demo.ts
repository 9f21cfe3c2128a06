import { once } from "node:events";
import { join, relative } from "node:path";
import { serveControlPlane } from "../embedded/serve-control-plane.ts";
import { DEFAULT_SIMULATION } from "../embedded/simulate-data-plane.ts";
import { runApply } from "./apply.ts";
import { EXIT } from "./exit-codes.ts";
import { findPackageRoot } from "./find-package-root.ts";

/** Options of `poolkeeper demo`, which is what `npm start` runs. */
export interface DemoOptions {
  /** End with the exit code instead of staying up. */
  readonly once: boolean;
  readonly colour: boolean;
}

const ORG = "acme";

/**
 * The main job on one machine: starts an embedded control plane with a simulated data plane, plans and applies the example
 * repository onto it, says what to try next, and stays up until Ctrl-C.
 */
export async function runDemo({ once: ends, colour }: DemoOptions): Promise<number> {
  const folder = relative(process.cwd(), join(findPackageRoot(), "examples", "config-repo")) || ".";
  const served = await serveControlPlane({
    port: 0,
    generation: "2026-11",
    org: ORG,
    adminPort: 0,
    simulation: DEFAULT_SIMULATION,
  });
  try {
    process.stdout.write(`An embedded control plane runs at ${served.url} (org ${ORG}). Applying ${folder}:\n\n`);
    const code = await runApply({
      path: folder,
      endpoint: served.url,
      org: ORG,
      autoApprove: true,
      waitMs: 60_000,
      parallelism: 10,
      json: false,
      concise: false,
      colour,
    });
    if (ends || code !== EXIT.ok) return code;
    process.stdout.write(describeNextSteps(served.url, folder));
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    return EXIT.ok;
  } finally {
    await served.close();
  }
}

function describeNextSteps(url: string, folder: string): string {
  const place = `--endpoint ${url} --org ${ORG}`;
  return `
It stays up until Ctrl-C. To try next, in another terminal:

  npx poolkeeper status ${place}
  npx poolkeeper plan ${folder} ${place}        # no changes now; edit a file there (say, a cluster's pool) and look again
  npx poolkeeper apply ${folder} ${place}
  flyte --endpoint ${url} --insecure --org ${ORG} get cluster        # the upstream CLI sees the same
`;
}
