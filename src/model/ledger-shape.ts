import { NAMED_KINDS } from "../kinds/registry.ts";
import type { Wrote } from "./ledger.ts";
import { isAddress } from "./plan-texts.ts";
import type { DrainedObject, RefusedChange } from "./refusal.ts";
import type { Sealing } from "./sealing.ts";
import { isJsonObject, isNumber, isOneOf, isText, listOf, mapOf, objectOf, orNull } from "./shape.ts";

const isDrainable = isOneOf("cluster", "queue");

/** The object that a write is sent to, and the fields that it sets. */
export const isWrote = objectOf<Wrote>({ kind: isOneOf(...NAMED_KINDS), set: isJsonObject });

/** What is kept of a delete or a move that the control plane refused permanently. */
export const isRefusedChange = objectOf<RefusedChange>({
  ...{ kind: isDrainable, wanted: mapOf(isText) },
  drained: listOf(objectOf<DrainedObject>({ kind: isDrainable, name: isText, address: isAddress })),
  grounds: orNull(isText),
});

/** By which rules something was sealed. */
export const isSealing = objectOf<Sealing>({
  ...{ rules: isNumber, patterns: listOf(isText), own: mapOf(listOf(isText)) },
});
