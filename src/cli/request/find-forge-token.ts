import { readSecret } from "../../daemon/config/read-secret.ts";
import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { readVariable, type Variables } from "../../pull-requests/ci/ci-run.ts";
import { isBoundTo } from "../../systems/http/bind-token.ts";
import { parseEndpoint } from "../../systems/http/parse-endpoint.ts";
import { usage } from "../options/plan-options.ts";

/** Where each forge's token is by custom, after poolkeeper's own variable. Gitea's runner has one by GitHub's name. */
const CUSTOM: Readonly<Record<ForgeKind, readonly string[]>> = {
  github: ["GITHUB_TOKEN", "GH_TOKEN"],
  gitlab: ["GITLAB_TOKEN"],
  gitea: ["GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"],
};

/** The variable that is for poolkeeper alone, so for the forge that poolkeeper is given. */
const OWN = "POOLKEEPER_FORGE_TOKEN";

/** The forge that is called, and the CI's own; null: by custom of its kind. */
export interface ForgeAddresses {
  readonly kind: ForgeKind;
  readonly url: string | null;
  readonly ciUrl: string | null;
}

/**
 * Finds the token to comment with: the file, then `POOLKEEPER_FORGE_TOKEN`, then the forge's own variables, which are for the CI's own
 * forge alone. The returned function reads it again each time. Throws an OperationalError: `usage` where there is none, `token_elsewhere`
 * where the only one is of the CI's forge and another one is called, `secret_missing` where the file can't be read.
 */
export function findForgeToken(forge: ForgeAddresses, file: string | undefined, env: Variables): () => string {
  const reference = file === undefined ? { env: findVariable(forge, env) } : { file };
  const read = () => readSecret(reference, env);
  read();
  return read;
}

function findVariable(forge: ForgeAddresses, env: Variables): string {
  const names = [OWN, ...CUSTOM[forge.kind]];
  const name = names.find((candidate) => readVariable(env, candidate) !== null);
  if (name === undefined)
    throw usage(`Commenting needs a token. Set ${names.join(" or ")}, or pass --token-file FILE.`);
  if (name !== OWN && !isOwnForge(forge)) {
    const message =
      `${name} is not sent to the forge of --forge-url: it belongs to the forge that this job runs on. ` +
      `Set ${OWN}, or pass --token-file FILE, with a token for that one.`;
    throw new OperationalError("token_elsewhere", message, { next: "stop" });
  }
  return name;
}

function isOwnForge({ url, ciUrl }: ForgeAddresses): boolean {
  if (url === null || ciUrl === null) return true;
  const used = { value: parseEndpoint(url, { insecure: true, source: "--forge-url" }), source: "--forge-url" };
  return isBoundTo({ endpoint: { value: ciUrl, source: "the CI" }, insecure: true }, used);
}
