import { DEPLOY_TOOLS } from "./deploy-tools.ts";
import { installVenv } from "./install-venv.ts";

/** Global set-up of the tests of what is shipped: the tools that judge it are there when it is done. */
export async function setup(): Promise<void> {
  await installVenv(DEPLOY_TOOLS);
}
