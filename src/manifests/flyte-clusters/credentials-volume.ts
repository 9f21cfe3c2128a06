import type { JsonObject } from "../../model/json/json.ts";
import type { FlyteClusterConfig } from "../../model/objects/flyte-clusters.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";

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

/** Finds what is mounted over a path: the innermost mount counts. Undefined where none is. */
export type FindMounted = (path: string) => MountedFile | undefined;

/** Indexes mounts once, so that a search costs what its path's length costs. Of two mounts at one folder, the first counts. */
export function createFindMounted({ volumes, volume_mounts }: Mounts): FindMounted {
  const root = indexFolders(volume_mounts);
  const byName = new Map(volumes.map((volume) => [volume.name, volume] as const).reverse());
  return (path) => {
    const segments = path.split("/");
    let innermost: { readonly mount: JsonObject; readonly depth: number } | undefined;
    let folder: Folder | undefined = root;
    for (const [index, segment] of segments.slice(0, -1).entries()) {
      folder = folder.folders.get(segment);
      if (folder === undefined) break;
      if (folder.mount !== undefined) innermost = { mount: folder.mount, depth: index + 1 };
    }
    if (innermost === undefined) return undefined;
    const volume = byName.get(innermost.mount.name);
    const key = segments.slice(innermost.depth).join("/");
    return { secret: volume === undefined ? null : readSecretName(volume), key };
  };
}

/** A folder of flyteadmin's container, as far as mounts lie in it. */
interface Folder {
  mount?: JsonObject;
  readonly folders: Map<string, Folder>;
}

function indexFolders(mounts: readonly JsonObject[]): Folder {
  const root: Folder = { folders: new Map() };
  for (const mount of mounts) {
    const path = dropTrailing(readText(mount.mountPath) ?? "", "/");
    if (path === "") continue;
    let folder = root;
    for (const segment of path.split("/")) {
      const inner = folder.folders.get(segment) ?? { folders: new Map() };
      folder.folders.set(segment, inner);
      folder = inner;
    }
    folder.mount ??= mount;
  }
  return root;
}

/** Adds the volume and the mount of the credentials where a cluster reads a file that needs them; the rest stays as it is. */
export function completeMounts(mounts: Mounts, clusters: readonly FlyteClusterConfig[]): Mounts {
  const findMounted = createFindMounted(mounts);
  const uncovered = clusters
    .flatMap(listCredentialPaths)
    .some((path) => path.startsWith(`${CREDENTIALS_FOLDER}/`) && findMounted(path) === undefined);
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
