import { OperationalError } from "../../model/errors/operational-error.ts";
import { STORE_VERSION } from "./migrations.ts";

/** What opens a store that an earlier release has left at a version. */
export interface UpgradeTools {
  /** True: it stays at its version, and `store_not_upgraded` is thrown. */
  readonly keepsVersion: boolean;
  /** Called with what an upgrade means for others. */
  readonly warn: (warning: string) => void;
}

/** Whether tables are upgraded, as the tools say; none were there at version 0. */
export function beginUpgrade(version: number, place: string, { keepsVersion, warn }: UpgradeTools): void {
  if (version === 0 || version >= STORE_VERSION) return;
  if (keepsVersion) {
    const message = `The store at ${place} has version ${version}, from an earlier release than this poolkeeper (${STORE_VERSION}), and only that release could use a backup of it. Nothing was changed. Make the backup with the poolkeeper of that release.`;
    throw new OperationalError("store_not_upgraded", message, { next: "stop" });
  }
  warn(
    `The store at ${place} is upgraded from version ${version} to ${STORE_VERSION}: earlier releases of poolkeeper can't use it any more.`,
  );
}
