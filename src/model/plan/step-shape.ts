import {
  ATTRIBUTES_KINDS,
  type AttributesKind,
  KIND_DEFINITIONS,
  KINDS,
  type Kind,
  mapKinds,
} from "../../kinds/registry.ts";
import type { JsonObject } from "../json/json.ts";
import {
  type AnyShape,
  defineShape,
  either,
  type Fields,
  isBoolean,
  isJsonObject,
  isNumber,
  isOneOf,
  isText,
  isTrue,
  type JsonSchema,
  listOf,
  mapOf,
  objectOf,
  optional,
  orNull,
  type Shape,
} from "../json/shape.ts";
import type { RowKey } from "../objects/attributes.ts";
import type { QueuePatch } from "../objects/limit-maps.ts";
import type { LifecycleState } from "../objects/live.ts";
import type { SettingValue } from "../objects/settings.ts";
import type { EntriesPatch, SettingsPatch } from "../objects/settings-patch.ts";
import type { ImageRegistry, ObjectStoreRef, PoolConfig, PoolPatch, SecretStore } from "../objects/spec.ts";
import type { Sealed } from "../secrets/sealed.ts";
import { isAddress, isDevices, isDigits, isDuration, isLimit, isName } from "./plan-texts.ts";
import {
  type ClusterHome,
  type ClusterHomes,
  type FilesPatch,
  type NewQueue,
  OPS,
  type Op,
  type Payloads,
  PHASES,
  type RowsBelow,
  type Seen,
  type Step,
  type Until,
} from "./step.ts";

const isNothing: Shape<null> = defineShape((value) => value === null, { type: "null" });

const isImageRegistry = objectOf<ImageRegistry>({ locator: isText });
const isPoolConfig = objectOf<PoolConfig>({
  object_store_ref: objectOf<ObjectStoreRef>({ uri: isText, endpoint: isText }),
  secret_store: objectOf<SecretStore>({ type: isText, locator: isText }),
  image_registry: orNull(isImageRegistry),
});
const isPoolPatch = objectOf<PoolPatch>({
  object_store_ref: optional(objectOf<Partial<ObjectStoreRef>>({ uri: optional(isText), endpoint: optional(isText) })),
  secret_store: optional(objectOf<Partial<SecretStore>>({ type: optional(isText), locator: optional(isText) })),
  image_registry: optional(orNull(isImageRegistry)),
});

const isNewQueue = objectOf<NewQueue>({
  ...{ cluster_pool: isName, clusters: listOf(isName) },
  ...{ run_concurrency: isLimit, action_concurrency: isLimit, depth: isLimit, priority: isText },
  ...{ fairness: optional(isText), scheduling: optional(isText) },
  ...{ max_resources: optional(mapOf(isText)), max_accelerators: optional(mapOf(isDevices)) },
  state: isOneOf("active", "drained"),
});
const isQueuePatch = objectOf<QueuePatch>({
  ...{ cluster_pool: optional(isName), clusters: optional(listOf(isName)) },
  ...{ run_concurrency: optional(isLimit), action_concurrency: optional(isLimit), depth: optional(isLimit) },
  ...{ priority: optional(isText), fairness: optional(isText), scheduling: optional(isText) },
  max_resources: optional(mapOf(orNull(isText))),
  max_accelerators: optional(mapOf(orNull(isDevices))),
});

const isSealedValue = objectOf<Sealed>({ sealed: isTrue, hash: isText });
const isEntry = either(isText, isSealedValue);
/** The value of a setting. Its map comes last, as its entries may be of any name. */
export const isSettingValue: Shape<SettingValue> = either(
  either(either(isText, isNumber), isBoolean),
  either(isSealedValue, mapOf(isEntry)),
);
const isSettingsPatch = objectOf<SettingsPatch>({
  settings: mapOf<SettingValue | EntriesPatch>(either(isSettingValue, mapOf(orNull(isEntry)))),
  cleared: listOf(isText),
});

const isClusterHome = objectOf<ClusterHome>({ pool: isName });
const isClusterHomes = objectOf<ClusterHomes>({ cluster_to_pool: mapOf(isText) });
const isFilesPatch = objectOf<FilesPatch>({ files: mapOf(isText), removed: listOf(isText) });
const isRowsBelow = objectOf<RowsBelow>({
  put_back: optional(listOf(isName)),
  loses: optional(listOf(objectOf<RowKey>({ scope: isName, launch_plan: orNull(isText) }))),
});

/** What each op of each kind sets, as {@link Payloads} has it. */
type Sets<K extends Kind> = { readonly [O in keyof Payloads[K] & Op]: Shape<Payloads[K][O]> };

const isTwoWay = { undelete: isNothing, drain: isNothing, activate: isNothing, delete: isNothing, await: isNothing };
const SETS: { readonly [K in Exclude<Kind, AttributesKind>]: Sets<K> } = {
  cluster_pool: {
    create: objectOf<Payloads["cluster_pool"]["create"]>({ config: isPoolConfig }),
    update: objectOf<Payloads["cluster_pool"]["update"]>({ config: isPoolPatch }),
    ...{ undelete: isNothing, delete: isNothing },
  },
  cluster: { create: isClusterHome, move: isClusterHome, ...isTwoWay },
  queue: { create: isNewQueue, update: isQueuePatch, ...isTwoWay },
  settings: { create: isSettingsPatch, update: isSettingsPatch, delete: isSettingsPatch },
  cluster_pool_map: { create: isClusterHomes, update: isClusterHomes },
  flyte_clusters: { create: isFilesPatch, update: isFilesPatch, delete: isFilesPatch },
};

/** The same of rows, whose one field has a name by their kind. */
const ROW_SETS = mapKinds(ATTRIBUTES_KINDS, (kind) => {
  const row = objectOf<Readonly<Record<string, string>>>({ [KIND_DEFINITIONS[kind].field]: isText });
  return { create: row, update: row, delete: orNull(isRowsBelow) };
});

const ALL_SETS: ReadonlyMap<unknown, ReadonlyMap<unknown, AnyShape>> = new Map(
  Object.entries<Readonly<Record<string, AnyShape>>>({ ...SETS, ...ROW_SETS }).map(([kind, ops]) => [
    kind,
    new Map(Object.entries(ops)),
  ]),
);

/** What an `await` waits for. */
export const isUntil: Shape<Until> = isOneOf("drained", "idle", "registered", "healthy", "deleted");
const isState: Shape<LifecycleState> = isOneOf("active", "draining", "drained", "deleting", "deleted");

/** What does not depend on what a step does. */
type Head = Omit<Step, "kind" | "op" | "set" | "until">;

/** The fields of every step. */
export const STEP_HEAD: Fields<Head> = {
  ...{ id: isName, address: isAddress, physical_name: isName, phase: orNull(isOneOf(...PHASES)) },
  ...{ after: listOf(isName), timeout_ms: orNull(isDuration) },
  seen: optional(objectOf<Seen>({ state: isState, generation: isDigits })),
};

const isHead = objectOf<Head>(STEP_HEAD);

/** A step: its kind and op decide what it sets, and an `await` alone has something that it waits for. */
export const isStep: Shape<Step> = defineShape(
  (value) => {
    if (!isHead(value)) return false;
    const { kind, op, set, until }: Partial<Record<keyof Step, unknown>> = value;
    const shape = ALL_SETS.get(kind)?.get(op);
    return shape?.(set) === true && (op === "await" ? isUntil(until) : until === null);
  },
  {
    ...describeStep(),
    anyOf: [...ALL_SETS].flatMap(([kind, ops]) =>
      [...ops].map(([op, { schema: set }]) => {
        const until = (op === "await" ? isUntil : isNothing).schema;
        return { properties: { kind: { const: kind }, op: { const: op }, set, until } };
      }),
    ),
  },
);

/** What all of them have in common: by it, a schema that allows no other field knows all that there are. */
function describeStep(): JsonSchema {
  const tail = { kind: isOneOf(...KINDS), op: isOneOf(...OPS), set: orNull(isJsonObject), until: orNull(isUntil) };
  return objectOf<Head & Pick<Step, "kind" | "op" | "until"> & { readonly set: JsonObject | null }>({
    ...STEP_HEAD,
    ...tail,
  }).schema;
}
