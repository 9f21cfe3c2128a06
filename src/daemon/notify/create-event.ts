import { createHash } from "node:crypto";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { EventDetails, EventFrame } from "./event.ts";
import type { NotifyFacts } from "./notify-facts.ts";

const HASH_LENGTH = 16;

/** An event of a target; `marks` distinguish this fact from others of its type. */
export function createEvent<Details extends EventDetails>(
  state: Pick<TargetState, "target" | "last_pass" | "status">,
  facts: Pick<NotifyFacts, "now">,
  marks: readonly (string | null)[],
  details: Details,
): EventFrame & Details {
  return {
    key: [state.target, details.type, ...marks.map((mark) => mark ?? "none")].join("/"),
    at: facts.now,
    target: state.target,
    revision: state.last_pass?.revision ?? null,
    run_id: state.last_pass?.id ?? null,
    status: state.status,
    ...details,
  };
}

/** A short name for a value: equal values have equal ones. */
export function hashMark(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, HASH_LENGTH);
}

/** Each once, in order. */
export function sortNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
