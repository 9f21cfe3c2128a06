import { ROLES, type Role } from "../../../model/daemon-config.ts";
import type { Caller } from "./tokens.ts";

/** Whether the caller may do what needs this role; each role includes those before it. */
export function hasRole(caller: Pick<Caller, "role"> | null, needed: Role): boolean {
  return caller !== null && ROLES.indexOf(caller.role) >= ROLES.indexOf(needed);
}
