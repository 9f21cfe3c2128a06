import type { Reader, TargetOverview } from "../../../model/daemon-service.ts";
import { hasRole } from "./has-role.ts";

/** A target as a reader may see it: what is wrong with its configuration is for those who operate it. */
export function forReader<T extends TargetOverview>(overview: T, reader: Reader | null): T {
  return hasRole(reader, "operate") ? overview : { ...overview, warnings: [] };
}
