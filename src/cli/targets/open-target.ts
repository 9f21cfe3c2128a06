import { homedir } from "node:os";
import { join } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { type Declared, NOTHING_DESIRED } from "../../model/objects/desired.ts";
import { MOST_SCOPES, type SettingsScope } from "../../model/objects/settings.ts";
import type { Memory } from "../../reconcile/open-memory.ts";
import { type SealingOptions, sealTarget } from "../../reconcile/seal-target.ts";
import { type OpenTarget, openTarget, type Target } from "../../reconcile/target.ts";
import { drawVaultKey } from "../../sealing/create-vault.ts";
import type { Connection } from "../../systems/control-plane/connection.ts";
import { resolveConnection } from "../../systems/control-plane/resolve-connection.ts";
import { openSink } from "../../systems/delivery/open-sink.ts";
import { resolveFlyteadminConnection } from "../../systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { usage } from "../options/plan-options.ts";

/** The flags that say which systems a target has. */
export interface TargetOptions extends ConnectionOptions {
  readonly flyteadminEndpoint?: string | undefined;
  readonly flyteadminToken?: string | undefined;
  /** Where the files of Flyte's clusters go: a folder, or a repository's URL with `#BRANCH`. */
  readonly deliver?: string | undefined;
  /** Scopes of settings to look at as well: `DOMAIN` or `DOMAIN/PROJECT`. */
  readonly scope?: readonly string[] | undefined;
  /** Patterns over `ADDRESS.PATH` of values that are sensitive, beside those that are by their names. */
  readonly sensitive?: readonly string[] | undefined;
}

/** By what a command seals what manifests want and what is live. */
export function sealing(
  desired: Declared,
  { vaultKey: key, owned, released, sensitive: remembered }: SealingMemory,
  { sensitive: patterns = [] }: Pick<TargetOptions, "sensitive">,
): SealingOptions {
  return { desired, key, owned: [...owned, ...released], remembered, patterns };
}

/** What of earlier runs says what is sensitive. */
export type SealingMemory = Pick<Memory, "vaultKey" | "owned" | "released" | "sensitive">;

/** The systems of a target for a look at what is live, that is compared with nothing. */
export function look(open: OpenTarget, options: Pick<TargetOptions, "sensitive">): Target {
  const memory = { vaultKey: drawVaultKey(), owned: [], released: [], sensitive: {} };
  return sealTarget(open, sealing(NOTHING_DESIRED, memory, options)).target;
}

/**
 * Runs `use` on the systems that flags, environment and the users' config file name, and closes them in any case. Without a Union
 * control plane there has to be a flyteadmin. Throws an OperationalError where neither is named.
 */
export async function withTarget<T>(options: TargetOptions, use: (target: OpenTarget) => Promise<T>): Promise<T> {
  const target = openSystems(options);
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

/** The same systems, for the caller to close. */
export function openSystems(options: TargetOptions): OpenTarget {
  const flyteadmin = resolveFlyteadminConnection({ flags: options, env: process.env });
  const place = options.deliver ?? process.env.POOLKEEPER_DELIVER;
  const delivery = place === undefined || place === "" ? null : openSink(place, cacheFolder());
  return openTarget({ union: findUnion(options, flyteadmin !== null), flyteadmin, delivery });
}

/** Whether flags, environment or config file name a system that runs can go by; delivered files alone are none. */
export function namesTarget(options: TargetOptions): boolean {
  if (resolveFlyteadminConnection({ flags: options, env: process.env }) !== null) return true;
  try {
    resolveUnion(options);
    return true;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "endpoint_missing") return false;
    throw error;
  }
}

/** The organization that flags, environment or config file name; null where none is known. */
export function findOrg(options: ConnectionOptions): string | null {
  try {
    return resolveUnion(options).org;
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}

/** Reads `--scope`. Throws an OperationalError `usage` for what is none. */
export function readScopes(texts: readonly string[] | undefined): readonly SettingsScope[] {
  if (texts !== undefined && texts.length > MOST_SCOPES) {
    throw usage(`--scope is given ${texts.length} times, and may be given ${MOST_SCOPES} times.`);
  }
  return (texts ?? []).map((text) => {
    const [domain = "", project, ...rest] = text.split("/");
    if (domain === "" || project === "" || rest.length > 0) {
      throw usage(`--scope ${text}: write DOMAIN or DOMAIN/PROJECT.`);
    }
    return { domain, project: project ?? null };
  });
}

function findUnion(options: TargetOptions, mayLack: boolean): Connection | null {
  try {
    return resolveUnion(options);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "endpoint_missing") throw error;
    if (mayLack) return null;
    const message = `${error.message} For flyteadmin alone, pass --flyteadmin-endpoint URL.`;
    throw new OperationalError(error.code, message, { next: error.next, cause: error });
  }
}

/** The connection that flags, environment and the users' config file name. Throws what {@link resolveConnection} throws. */
export function resolveUnion(options: ConnectionOptions): Connection {
  const { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs } = options;
  const flags = { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs };
  return resolveConnection({ flags, env: process.env, homeDir: homedir() });
}

/** The place where programs keep what they can make again. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "poolkeeper");
}

/** The connection flags that every command with a control plane takes. */
interface ConnectionOptions {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}
