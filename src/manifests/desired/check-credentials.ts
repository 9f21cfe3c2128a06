import type { NodePath } from "../../model/diagnostics/position.ts";
import type { DataPlaneBody, Manifest, Readable } from "../../model/objects/manifest.ts";
import { holdsCredential } from "../../model/secrets/find-credentials.ts";
import { holdsCredentials, maskCredentials } from "../../model/secrets/mask-credentials.ts";
import type { Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";
import { listSettings } from "./list-settings.ts";

/**
 * What looks like a credential is refused in every field of a manifest: it would be in git, and at the server. No message repeats one.
 * Addresses of buckets, secret stores and registries have further checks: they name places.
 */
export function checkCredentials({ manifests }: FolderIndex, report: Report): void {
  for (const manifest of manifests) {
    const addresses = new Set(listAddresses(manifest).map(([path]) => path.join(".")));
    // What is not to be in Helm values has rules of its own.
    const texts = manifest.kind === "flyte_clusters" ? [] : listTexts(manifest.body, []);
    for (const { path, text, isName } of texts) {
      if (addresses.has(path.join(".")) || !holdsCredential(text)) continue;
      const [what, place] = isName ? ["A name in", path.slice(0, -1)] : ["The value at", path];
      const describe = () => ({
        summary: `${what} ${maskCredentials(place.join("."))} looks like a password, a token or a private key`,
      });
      report("secret-in-manifest", { manifest, path, describe });
    }
    for (const [path, address] of listAddresses(manifest)) {
      if (address === undefined || address === null || !holdsCredentials(address)) continue;
      const describe = () => ({ summary: `${path.join(".")} contains credentials: ${maskCredentials(address)}` });
      report("credentials-in-manifest", { manifest, path, describe });
    }
  }
}

interface PlacedText {
  readonly path: NodePath;
  readonly text: string;
  /** Whether it is the name of the field itself. */
  readonly isName: boolean;
}

function listTexts(value: unknown, path: NodePath): readonly PlacedText[] {
  if (typeof value === "string") return [{ path, text: value, isName: false }];
  if (typeof value !== "object" || value === null) return [];
  const children: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((child: unknown, index) => [index, child] as const)
    : Object.entries(value);
  return children.flatMap(([key, child]) => [
    ...(typeof key === "string" ? [{ path: [...path, key], text: key, isName: true }] : []),
    ...listTexts(child, [...path, key]),
  ]);
}

/** Settings that are addresses. */
const ADDRESS_KEYS: ReadonlySet<string> = new Set(["run.run_base_dir", "storage.raw_data_path"]);

type NamedAddress = readonly [path: readonly string[], address: string | null | undefined];

function listAddresses(manifest: Manifest): readonly NamedAddress[] {
  switch (manifest.kind) {
    case "cluster_pool":
      return listDataPlane("config", manifest.body.config);
    case "cluster":
      return listDataPlane("data_plane", manifest.body.data_plane ?? undefined);
    case "settings":
      return listSettings(manifest.body).flatMap(({ path, key, value }) =>
        ADDRESS_KEYS.has(key) && typeof value === "string" ? [[path, value] as const] : [],
      );
    // What is not to be in Helm values has rules of its own.
    default:
      return [];
  }
}

function listDataPlane(
  field: string,
  plane: Readable<DataPlaneBody> | DataPlaneBody | undefined,
): readonly NamedAddress[] {
  return [
    [[field, "object_store_ref", "uri"], plane?.object_store_ref?.uri],
    [[field, "object_store_ref", "endpoint"], plane?.object_store_ref?.endpoint],
    [[field, "secret_store", "locator"], plane?.secret_store?.locator],
    [[field, "image_registry", "locator"], plane?.image_registry?.locator],
  ];
}
