import type { Address } from "../address.ts";

/** The check that fails where the control plane has permanently refused a change; an approval overrides it by this name, too. */
export const SERVER_REFUSED = "server-refused";

/** The notice of a plan that puts back into service what was drained for a refused change. */
export const TAKEN_BACK = "taken-back";

/** What poolkeeper took out of service on the way to a change. */
export interface DrainedObject {
  readonly kind: "cluster" | "queue";
  /** Its name in the control plane. */
  readonly name: string;
  /** The change that it was drained for. */
  readonly address: Address;
}

/** What is kept of a write that the control plane refused permanently after something was drained for it. */
export interface RefusedChange {
  readonly kind: DrainedObject["kind"];
  /**
   * What was wanted at its address, and at those whose changes depend on it and had drained something, as `hashWanted` has it: other
   * requests are tried.
   */
  readonly wanted: Readonly<Record<Address, string>>;
  /** What is to be put back into service still. */
  readonly drained: readonly DrainedObject[];
  /** What of the live state may be why, as `hashGrounds` has it; null: it could not be read. */
  readonly grounds: string | null;
}

/** A refused change, as it is on record: it is not tried again by itself. */
export interface Refusal extends RefusedChange {
  readonly id: string;
  /** The change's own address. */
  readonly address: Address;
  readonly physical_name: string;
  /** `delete` or `move`; of a queue that changes its pool, `update`. */
  readonly op: string;
  /** The control plane's words. */
  readonly message: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}
