import { randomUUID } from "node:crypto";
import type { Declared } from "../model/desired.ts";
import { describeSealing } from "../sealing/describe-sealing.ts";
import type { PassTools } from "./pass-tools.ts";

/**
 * Drops what is kept of a target and may show what is sensitive now, and seals what was applied last. `desired`: manifests that say what is
 * sensitive; none: the operator's patterns and the release alone, which count whether or not there are valid manifests. Idempotent.
 */
export async function sealKept(
  { config, records, store, runTask }: Pick<PassTools, "config" | "records" | "store" | "runTask">,
  desired: readonly Declared[],
  signal: AbortSignal,
): Promise<void> {
  const sealing = describeSealing({ patterns: config.sensitive, desired });
  const required = { sealing, isWhole: desired.length > 0 };
  const at = await records.now();
  await records.sealKept(config.name, required, {
    ...{ id: randomUUID(), at, who: "poolkeeper", via: "pass", action: "seal" },
  });
  await store.sealLedger({ ...required, target: config.name, seal: (input) => runTask("seal", input, signal) });
}
