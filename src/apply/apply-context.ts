import type { ControlPlaneReader } from "../control-plane/reader.ts";
import type { ControlPlaneWriter } from "../control-plane/writer.ts";
import type { Address } from "../model/address.ts";
import type { ApplyEvent } from "../model/apply-report.ts";
import type { Ledger } from "../model/ledger.ts";
import type { OwnershipClaim, Plan, Step } from "../model/plan.ts";
import type { Clock } from "./clock.ts";

/** What apply works with: the control plane, the ledger and time. */
export interface ApplyTools {
  readonly reader: ControlPlaneReader;
  readonly writer: ControlPlaneWriter;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

/** How an apply goes about it; nothing here changes what is written. */
export interface ApplyOptions {
  /** How long each wait for work may take, in milliseconds; 0 looks once. */
  readonly wait_ms: number;
  /** Writes under way at once, at least 1. */
  readonly parallelism: number;
  /** Aborted: no step is started any more, calls under way are finished. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ApplyEvent) => void;
  /** Names this run in the journal. */
  readonly run_id: string;
}

/** One run. */
export interface ApplyContext extends ApplyTools, ApplyOptions {
  readonly plan: Plan;
  readonly stepOf: ReadonlyMap<string, Step>;
  readonly claimOf: ReadonlyMap<Address, OwnershipClaim>;
}
