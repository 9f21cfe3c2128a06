import { readSecret } from "../config/read-secret.ts";
import type { ForgeKind } from "../model/forge-kind.ts";
import { readVariable, type Variables } from "../review/ci-run.ts";
import { usage } from "./plan-options.ts";

/** Where each forge's token is by custom, after poolkeeper's own variable. Gitea's runner has one by GitHub's name. */
const CUSTOM: Readonly<Record<ForgeKind, readonly string[]>> = {
  github: ["GITHUB_TOKEN", "GH_TOKEN"],
  gitlab: ["GITLAB_TOKEN"],
  gitea: ["GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"],
};

/**
 * Finds the token to comment with: the file, then `POOLKEEPER_FORGE_TOKEN`, then the forge's own variables. What it gives reads it anew
 * each time. Throws an OperationalError: `usage` where there is none, `secret_missing` where the file can't be read.
 */
export function findForgeToken(kind: ForgeKind, file: string | undefined, env: Variables): () => string {
  const names = ["POOLKEEPER_FORGE_TOKEN", ...CUSTOM[kind]];
  const name = names.find((candidate) => readVariable(env, candidate) !== null);
  if (file === undefined && name === undefined) {
    throw usage(`A token is needed to comment. Set ${names.join(" or ")}, or give --token-file FILE.`);
  }
  const reference = file === undefined ? { env: name ?? "" } : { file };
  const read = () => readSecret(reference, env);
  read();
  return read;
}
