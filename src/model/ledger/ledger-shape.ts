import { ATTRIBUTES_KINDS, NAMED_KINDS } from "../../kinds/registry.ts";
import {
  isJsonObject,
  isNumber,
  isOneOf,
  isText,
  isTrue,
  listOf,
  mapOf,
  objectOf,
  optional,
  orNull,
} from "../json/shape.ts";
import type { AttributesRow, AttributesScope } from "../objects/attributes.ts";
import { isLifecycle } from "../plan/plan-shape.ts";
import { isAddress } from "../plan/plan-texts.ts";
import { isSettingValue } from "../plan/step-shape.ts";
import type { Sealing } from "../secrets/sealing.ts";
import type { JournalBody, Wrote } from "./ledger.ts";
import type { DrainedObject, RefusedChange } from "./refusal.ts";

const isScope = objectOf<AttributesScope>({ project: isText, domain: orNull(isText), workflow: orNull(isText) });

const isRow = objectOf<AttributesRow>({
  ...{ kind: isOneOf(...ATTRIBUTES_KINDS), scope: isScope, launch_plan: orNull(isText), value: isText },
});

/** What is read back of a journal entry's body. */
export const isJournalBody = objectOf<JournalBody>({
  ...{ previous_names: optional(listOf(isText)), lifecycle: optional(isLifecycle), pool: optional(orNull(isText)) },
  ...{ files: optional(listOf(isText)), settings: optional(mapOf(isSettingValue)), displaced: optional(listOf(isRow)) },
  before: optional(orNull(isJsonObject)),
  spec: optional(objectOf<NonNullable<JournalBody["spec"]>>({ clusters: listOf(isText) })),
  is_told: optional(isTrue),
});

const isDrainable = isOneOf("cluster", "queue");

/** The object that a write is sent to, and the fields that it sets. */
export const isWrote = objectOf<Wrote>({
  ...{ kind: isOneOf(...NAMED_KINDS), set: isJsonObject, on_the_way: optional(isTrue) },
});

/** What is kept of a write that the control plane refused permanently. */
export const isRefusedChange = objectOf<RefusedChange>({
  ...{ kind: isDrainable, wanted: mapOf(isText) },
  drained: listOf(objectOf<DrainedObject>({ kind: isDrainable, name: isText, address: isAddress })),
  grounds: orNull(isText),
});

/** By which rules something was sealed. */
export const isSealing = objectOf<Sealing>({
  ...{ rules: isNumber, patterns: listOf(isText), own: mapOf(listOf(isText)) },
});
