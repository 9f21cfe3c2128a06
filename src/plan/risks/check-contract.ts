import type { DataPlane, PoolConfig } from "../../model/objects/spec.ts";
import type { Decisions } from "../decide/decisions.ts";
import { effectiveConfig } from "../steps/plan-pools.ts";

/**
 * In what a declared data plane differs from a pool's contract, one sentence each; empty when it matches. What was not
 * declared is not compared, and neither is a registry that the pool does not name.
 */
export function compareContract(declared: DataPlane, config: PoolConfig): readonly string[] {
  const differences: string[] = [];
  const compare = (what: string, is: string | undefined, wanted: string | undefined) => {
    if (is !== undefined && wanted !== undefined && is !== wanted) {
      differences.push(`${what} is ${quote(is)}, the pool has ${quote(wanted)}`);
    }
  };
  compare("object store", declared.object_store_ref?.uri, config.object_store_ref.uri);
  compare("object store endpoint", declared.object_store_ref?.endpoint, config.object_store_ref.endpoint);
  compare("secret store", declared.secret_store?.type, config.secret_store.type);
  compare("secret store locator", declared.secret_store?.locator, config.secret_store.locator);
  compare("image registry", declared.image_registry?.locator, config.image_registry?.locator || undefined);
  return differences;
}

/** What the data plane's operator has to be given so that a cluster fits its pool. */
export function describeHandOver(cluster: string, pool: string, config: PoolConfig | undefined): string {
  const settings = [`cluster name ${cluster}`, `pool ${pool}`];
  if (config !== undefined) {
    settings.push(`object store ${config.object_store_ref.uri}`);
    if (config.object_store_ref.endpoint !== "") settings.push(`endpoint ${config.object_store_ref.endpoint}`);
    settings.push(`secret store ${config.secret_store.type} ${config.secret_store.locator}`.trim());
    if (config.image_registry !== null) settings.push(`image registry ${config.image_registry.locator}`);
  }
  return `Set in the operator of its data plane: ${settings.join(", ")}. Work waits in its queue until the operator reports.`;
}

function quote(text: string): string {
  return text === "" ? "none" : text;
}

/** The config that a pool has once the plan is applied; undefined for one that is not known. */
export function configAfter(pool: string, decisions: Decisions): PoolConfig | undefined {
  const declared = decisions.poolByName.get(pool);
  return declared === undefined ? decisions.world.pools.get(pool)?.config : effectiveConfig(declared);
}
