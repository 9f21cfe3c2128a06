import type { TestProject } from "vitest/node";
import { DEPLOY_TOOLS } from "./deploy-tools.ts";
import { installVenv, type Venv } from "./install-venv.ts";
import { REAL_CLIENT_VERSIONS, realClientFolder } from "./real-client-versions.ts";

const REAL_CLIENTS: readonly Venv[] = Object.values(REAL_CLIENT_VERSIONS).map((version) => ({
  folder: realClientFolder(version),
  packages: [`flyteplugins-union==${version}`],
  purpose: "the real client",
}));

/** What the tests of each project run. */
const PROGRAMS: Readonly<Record<string, readonly Venv[]>> = { "real-clients": REAL_CLIENTS, deploy: [DEPLOY_TOOLS] };

/** Global set-up of the tests that run what is installed for them: what all projects of this run need is there when it is done. */
export async function setup({ vitest }: TestProject): Promise<void> {
  await Promise.all(vitest.projects.flatMap(({ name }) => PROGRAMS[name] ?? []).map(installVenv));
}
