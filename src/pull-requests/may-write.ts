import type { Permission } from "./forge/forge.ts";

/** Whether a permission on a repository lets an account push to it. */
export function mayWrite(permission: Permission): boolean {
  return permission === "write" || permission === "admin";
}
