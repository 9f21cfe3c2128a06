import type { PolicyConfig } from "../../model/daemon/daemon-config.ts";

/** Whether a name is among those who may approve; where none are named, every one may that has the role. */
export function isApprover({ approvers }: Pick<PolicyConfig["approval"], "approvers">, name: string): boolean {
  return approvers.length === 0 || approvers.includes(name);
}
