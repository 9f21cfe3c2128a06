import type { DataPlane } from "../../model/objects/spec.ts";
import { holdsCredentials } from "../../model/secrets/mask-credentials.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { buildDataPlane } from "./build-desired.ts";
import { formatSource, type Report } from "./collect-findings.ts";
import { type FolderIndex, findClusterPool } from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** Each cluster's `data_plane` must equal what its pool asks, in the parts that both of them name. */
export function checkContracts(index: FolderIndex, report: Report): void {
  for (const [name, manifest] of index.clusters) {
    const declared = buildDataPlane(manifest.body.data_plane);
    const pool = index.pools.get(findClusterPool(index, name) ?? "");
    const asked = buildDataPlane(pool?.body.config);
    if (pool === undefined || declared === null || asked === null) continue;
    for (const { path, has, wants } of findMismatches(declared, asked)) {
      if (isDoubtful(manifest, ["data_plane", ...path]) || isDoubtful(pool, ["config", ...path])) continue;
      // Neither is to be repeated, and taking the credentials out comes first.
      if (holdsCredentials(has) || holdsCredentials(wants)) continue;
      const describe = () => ({
        summary: `data_plane.${path.join(".")} is ${quoteText(has)}, but pool "${pool.body.name}" requires ${quoteText(wants)}: ${formatSource(pool)}`,
      });
      report("contract-mismatch", { manifest, path: ["data_plane", ...path], describe });
    }
  }
}

interface Mismatch {
  readonly path: readonly [string, string];
  readonly has: string;
  readonly wants: string;
}

function findMismatches(declared: DataPlane, asked: DataPlane): Mismatch[] {
  const { object_store_ref: store, secret_store: secrets, image_registry: registry } = declared;
  const pairs: (Mismatch | undefined)[] = [
    compare(["object_store_ref", "uri"], store?.uri, asked.object_store_ref?.uri),
    compare(["object_store_ref", "endpoint"], store?.endpoint, asked.object_store_ref?.endpoint),
    compare(["secret_store", "type"], secrets?.type, asked.secret_store?.type),
    compare(["secret_store", "locator"], secrets?.locator, asked.secret_store?.locator),
    compare(["image_registry", "locator"], registry?.locator, asked.image_registry?.locator),
  ];
  return pairs.filter((pair) => pair !== undefined);
}

function compare(path: Mismatch["path"], has: string | undefined, wants: string | undefined): Mismatch | undefined {
  return has === undefined || wants === undefined || has === wants ? undefined : { path, has, wants };
}
