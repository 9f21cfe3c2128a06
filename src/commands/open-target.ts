import { homedir } from "node:os";
import { join } from "node:path";
import { createAbsentControlPlane } from "../control-plane/absent-control-plane.ts";
import { type ControlPlane, openControlPlane } from "../control-plane/open-control-plane.ts";
import { resolveConnection } from "../control-plane/resolve-connection.ts";
import { createFolderSink } from "../delivery/create-folder-sink.ts";
import { createGitSink } from "../delivery/create-git-sink.ts";
import type { Sink } from "../delivery/sink.ts";
import { type Flyteadmin, openFlyteadmin } from "../flyteadmin/open-flyteadmin.ts";
import { resolveFlyteadminConnection } from "../flyteadmin/resolve-flyteadmin-connection.ts";
import type { TargetReaders } from "../live/read-target.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { SettingsScope } from "../model/settings.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { usage } from "./plan-options.ts";

/** The flags that say which systems a target has. */
export interface TargetOptions extends ConnectionOptions {
  readonly flyteadminEndpoint?: string | undefined;
  readonly flyteadminToken?: string | undefined;
  /** Where the files of Flyte's clusters go: a folder, or a repository's URL with `#BRANCH`. */
  readonly deliver?: string | undefined;
  /** Scopes of settings to look at as well: `DOMAIN` or `DOMAIN/PROJECT`. */
  readonly scope?: readonly string[] | undefined;
}

/** The systems of a target, ready to be read and written. */
export interface Target extends Pick<ControlPlane, "reader" | "writer"> {
  /** "" where there is no Union control plane. */
  readonly org: string;
  /** That of the Union control plane, else of flyteadmin: what a store tells targets apart by. */
  readonly endpoint: string;
  readonly flyteadmin: Flyteadmin | null;
  readonly delivery: Sink | null;
  readonly readers: TargetReaders;
}

/**
 * Runs `use` on the systems that flags, environment and the users' config file name, and closes them in any case. Without a Union
 * control plane there has to be a flyteadmin. Throws an OperationalError where neither is named.
 */
export async function withTarget<T>(options: TargetOptions, use: (target: Target) => Promise<T>): Promise<T> {
  const connection = resolveFlyteadminConnection({ flags: options, env: process.env });
  const union = openUnion(options, connection !== null);
  const flyteadmin = connection === null ? null : openFlyteadmin(connection);
  try {
    const delivery = openDelivery(options.deliver ?? process.env.POOLKEEPER_DELIVER);
    const { reader, writer } = union ?? createAbsentControlPlane();
    const readers = { union: union?.reader ?? null, flyteadmin: flyteadmin?.reader ?? null, delivery };
    const endpoint = union === null ? (flyteadmin?.reader.endpoint ?? "") : reader.endpoint;
    return await use({ org: reader.org, endpoint, reader, writer, flyteadmin, delivery, readers });
  } finally {
    await union?.close();
    await flyteadmin?.close();
  }
}

/** Whether flags, environment or config file name a system that runs can go by; delivered files alone are none. */
export function namesTarget(options: TargetOptions): boolean {
  if (resolveFlyteadminConnection({ flags: options, env: process.env }) !== null) return true;
  try {
    resolve(options);
    return true;
  } catch (error) {
    if (error instanceof OperationalError && error.code === "endpoint_missing") return false;
    throw error;
  }
}

/** The organization that flags, environment or config file name; null where none is known. */
export function findOrg(options: ConnectionOptions): string | null {
  try {
    return resolve(options).org;
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}

/** Reads `--scope`. Throws an OperationalError `usage` for what is none. */
export function readScopes(texts: readonly string[] | undefined): readonly SettingsScope[] {
  return (texts ?? []).map((text) => {
    const [domain = "", project, ...rest] = text.split("/");
    if (domain === "" || project === "" || rest.length > 0) {
      throw usage(`--scope ${text}: write DOMAIN or DOMAIN/PROJECT.`);
    }
    return { domain, project: project ?? null };
  });
}

function openUnion(options: ConnectionOptions, mayLack: boolean): ControlPlane | null {
  try {
    return openControlPlane(resolve(options));
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== "endpoint_missing") throw error;
    if (mayLack) return null;
    const message = `${error.message} For flyteadmin alone, give --flyteadmin-endpoint URL.`;
    throw new OperationalError(error.code, message, { next: error.next, cause: error });
  }
}

function resolve({ endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs }: ConnectionOptions) {
  const flags = { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs };
  return resolveConnection({ flags, env: process.env, homeDir: homedir() });
}

/** A text with a scheme, or as ssh has it (`git@host:path`), is a repository; any other one is a folder. */
function openDelivery(place: string | undefined): Sink | null {
  if (place === undefined || place === "") return null;
  const [url = "", branch = ""] = splitAtLast(place, "#");
  if (!IS_REPOSITORY.test(url)) return createFolderSink(place);
  if (branch === "") throw usage(`--deliver ${place}: name the branch too, as in ${url}#poolkeeper.`);
  const state = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const author = { name: "poolkeeper", email: "poolkeeper@localhost" };
  return createGitSink({ url, branch, author, cacheFolder: join(state, "poolkeeper", "deliveries") });
}

/** What `--deliver` says for the place of a sink. */
export function nameDelivery(place: string): string {
  const [, url, branch] = /^(.+) \(branch ([^()]+)\)$/.exec(place) ?? [];
  return url !== undefined && IS_REPOSITORY.test(url) ? `${url}#${branch}` : place;
}

const IS_REPOSITORY = /^[a-z+]+:\/\/|^[^/]+@[^/]+:/;

function splitAtLast(text: string, sign: string): readonly string[] {
  const place = text.lastIndexOf(sign);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}
