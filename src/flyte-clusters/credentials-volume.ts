import { dropTrailing } from "../model/drop-trailing.ts";
import type { FlyteClusterConfig } from "../model/flyte-clusters.ts";
import type { JsonObject } from "../model/plan.ts";

/** Where the chart's sync deployment mounts the credentials by itself, and where they are mounted when nothing else is said. */
export const CREDENTIALS_FOLDER = "/var/run/credentials";
/** Name of the Secret that the chart's sync deployment mounts, and of the volume that is added. */
export const CREDENTIALS_SECRET = "cluster-credentials";

/** What flyteadmin's container sees of its volumes. */
export interface Mounts {
  readonly volumes: readonly JsonObject[];
  readonly volume_mounts: readonly JsonObject[];
}

/** Where a file of flyteadmin's container comes from. */
export interface MountedFile {
  /** The Secret, or null for a file of another volume. */
  readonly secret: string | null;
  /** Path below the mount: for a Secret, its key. */
  readonly key: string;
}

/** The files that a cluster's client reads at flyteadmin's start. None for the cluster that flyteadmin runs in. */
export function listCredentialPaths(cluster: FlyteClusterConfig): readonly string[] {
  if (cluster.in_cluster) return [];
  return [cluster.token_path, cluster.cert_path].filter((path) => path !== null);
}

/** Finds what is mounted over `path`: the innermost mount counts. Undefined where none is. */
export function findMountedFile({ volumes, volume_mounts }: Mounts, path: string): MountedFile | undefined {
  const covering = volume_mounts
    .map((mount) => ({ mount, folder: dropTrailing(readText(mount.mountPath) ?? "", "/") }))
    .filter(({ folder }) => folder !== "" && path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length);
  const innermost = covering[0];
  if (innermost === undefined) return undefined;
  const { mount, folder } = innermost;
  const volume = volumes.find(({ name }) => name === mount.name);
  return { secret: volume === undefined ? null : readSecretName(volume), key: path.slice(folder.length + 1) };
}

/** Adds the volume and the mount of the credentials where a cluster reads a file that needs them; the rest stays as it is. */
export function completeMounts(mounts: Mounts, clusters: readonly FlyteClusterConfig[]): Mounts {
  const uncovered = clusters
    .flatMap(listCredentialPaths)
    .some((path) => path.startsWith(`${CREDENTIALS_FOLDER}/`) && findMountedFile(mounts, path) === undefined);
  const volume = mounts.volumes.find((known) => readSecretName(known) === CREDENTIALS_SECRET);
  const name = readText(volume?.name) ?? chooseVolumeName(mounts.volumes);
  const volume_mounts = uncovered
    ? [...mounts.volume_mounts, { name, mountPath: CREDENTIALS_FOLDER }]
    : mounts.volume_mounts;
  const isMissing = volume === undefined && volume_mounts.some((mount) => mount.name === name);
  const added = { name, secret: { secretName: CREDENTIALS_SECRET } };
  return { volume_mounts, volumes: isMissing ? [...mounts.volumes, added] : mounts.volumes };
}

function chooseVolumeName(volumes: readonly JsonObject[]): string {
  const taken = new Set(volumes.map(({ name }) => name));
  let name = CREDENTIALS_SECRET;
  for (let number = 2; taken.has(name); number += 1) name = `${CREDENTIALS_SECRET}-${number}`;
  return name;
}

function readSecretName({ secret }: JsonObject): string | null {
  if (typeof secret !== "object" || secret === null || !("secretName" in secret)) return null;
  return readText(secret.secretName) ?? null;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
