import type { SecretReference } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { DaemonService } from "../model/daemon/daemon-service.ts";
import type { Runner } from "./create-runner.ts";
import type { Work } from "./create-work.ts";
import type { Handover } from "./hand-over.ts";
import type { KnownTargets } from "./known-targets.ts";
import type { DeliveryLimits } from "./take-deliveries.ts";
import type { StoreWatch } from "./watch-store.ts";

/** What the service is made from. */
export interface ServiceTools {
  readonly version: string;
  readonly records: DaemonRecords;
  /** By name; another map after a reload. */
  readonly runners: () => ReadonlyMap<string, Runner>;
  /** How what is decided is judged by the configuration that counts: as {@link Handover} does. */
  readonly targets: Pick<Handover<Runner>, "use" | "isReplaced">;
  /** Asks for a pass. */
  readonly wake: Work["wake"];
  /** Why the configuration that was read last was not taken up; null: it was. */
  readonly refused: () => string | null;
  readonly store: Pick<StoreWatch, "trouble" | "prove" | "read" | "change" | "noteUnread" | "notePass">;
  /** For when the store can't be read; what is read is noted there. */
  readonly known: KnownTargets;
  readonly readSecret: (reference: SecretReference) => string;
  readonly subscribe: DaemonService["subscribe"];
  readonly deliveries: DeliveryLimits;
}
