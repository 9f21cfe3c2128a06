import { randomUUID } from "node:crypto";
import type { Declared } from "../model/desired.ts";
import { describeSealing } from "../sealing/describe-sealing.ts";
import type { PassTools } from "./pass-tools.ts";

/**
 * Drops what is kept of a target and may show what is sensitive now. `desired`: manifests that say what is; none: the operator's patterns and
 * the release alone, which count whether or not there are valid manifests.
 */
export async function sealKept(
  { config, records }: Pick<PassTools, "config" | "records">,
  desired: readonly Declared[],
): Promise<void> {
  const sealing = describeSealing({ patterns: config.sensitive, desired });
  const at = await records.now();
  await records.sealKept(config.name, sealing, {
    ...{ id: randomUUID(), at, who: "poolkeeper", via: "pass", action: "seal" },
  });
}
