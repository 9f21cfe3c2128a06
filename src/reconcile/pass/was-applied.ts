import { nameTargetPlace } from "../name-target-place.ts";
import type { PassTools } from "./pass-tools.ts";

/** So many applied revisions can be gone back to without an approval. */
const MOST_APPLIED = 1000;

/** Whether a revision was applied in full once, at the place that is configured now. What an older release applied counts. */
export async function wasApplied(
  { config, records }: Pick<PassTools, "config" | "records">,
  commit: string,
): Promise<boolean> {
  const here = nameTargetPlace(config);
  const applied = await records.readApplied(config.name, MOST_APPLIED);
  return applied.some(({ revision, place }) => revision === commit && (place ?? here) === here);
}
