import { ROLES, type Role } from "../../../model/daemon/daemon-config.ts";
import type { Reader, TargetOverview } from "../../../model/daemon/daemon-service.ts";
import type { Caller } from "./tokens.ts";

/** Whether the caller may do what needs this role; each role includes those before it. */
export function hasRole(caller: Pick<Caller, "role"> | null, needed: Role): boolean {
  return caller !== null && ROLES.indexOf(caller.role) >= ROLES.indexOf(needed);
}

/** A target as a reader may see it: what is wrong with its configuration is for those who operate it. */
export function forReader<T extends TargetOverview>(overview: T, reader: Reader | null): T {
  return hasRole(reader, "operate") ? overview : { ...overview, warnings: [] };
}
