import type { PassTools } from "../../reconcile/pass/pass-tools.ts";

/** The branch that a target follows. Requests are there of a repository alone: of a folder it throws. */
export function branchOf({ config }: Pick<PassTools, "config">): string {
  if (config.source.kind !== "repository") throw new Error("unreachable: a folder has no requests");
  return config.source.branch;
}
