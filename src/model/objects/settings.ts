import { isSealed, type Sealed } from "../secrets/sealed.ts";
import { normaliseAcceleratorSelector } from "./accelerator.ts";
import type { Generation } from "./live.ts";
import { normaliseQuantity } from "./quantity.ts";
import { isReference, type Reference } from "./reference.ts";

/** Where settings hold: the organization (both null), a domain, or a project in a domain. The narrower scope wins. */
export interface SettingsScope {
  readonly domain: string | null;
  /** Never without a domain. */
  readonly project: string | null;
}

/** Most scopes that a command or a saved plan may name beside its manifests: each is asked for by itself. */
export const MOST_SCOPES = 1000;

/** The marker of a key that has no value in a scope, even where a broader one has; a key left out is inherited. */
export const UNSET = "~unset";

/**
 * A value as manifests and the upstream file have it, or {@link UNSET}. Integers beyond 2^53 are decimal text; quantities and
 * accelerators are text. Between the systems, what is sensitive is sealed.
 */
export type SettingValue = string | number | boolean | Sealed | Readonly<Record<string, string | Sealed>>;

/** Own values of one scope, by dotted key. */
export type SettingValues = Readonly<Record<string, SettingValue>>;

/** A value as a manifest declares it: references are sealed, as all that is sensitive is, before anything is planned. */
export type DeclaredValue = SettingValue | Reference | Readonly<Record<string, string | Sealed | Reference>>;

/** What a manifest declares of one scope, by dotted key. */
export type DeclaredValues = Readonly<Record<string, DeclaredValue>>;

/** The own record of one scope as read. */
export interface LiveSettings {
  /** The optimistic lock, an unsigned integer; "0" where the scope has no record yet. */
  readonly version: string;
  readonly values: SettingValues;
  /** What the record holds beyond the catalogue or in a form we do not know; writing leaves it as it is. */
  readonly unknown: readonly string[];
}

/** What kind of value a key takes. `integer` is not negative; maps are joined with those of broader scopes, entry by entry. */
export type SettingType = "string" | "integer" | "quantity" | "boolean" | "string_map" | "accelerator";

/** One key of the catalogue. */
export interface SettingDefinition {
  readonly type: SettingType;
  readonly description: string;
  /** The generation whose client has it first; the client of 2026-07 drops a key it lacks when it writes the scope. */
  readonly since: Generation;
}

/** The key that names the queue of runs that name none. */
export const DEFAULT_QUEUE_KEY = "run.default_queue";

const DEFINITIONS = [
  [DEFAULT_QUEUE_KEY, define("string", "The default queue of runs")],
  ["run.max_action_concurrency", define("integer", "How many actions of a run execute at a time; 0 is unlimited")],
  [
    "run.run_base_dir",
    define("string", "Where runs keep metadata such as inputs and outputs, e.g. s3://bucket/prefix"),
  ],
  ["security.service_account", define("string", "Kubernetes service account of task pods")],
  ["storage.raw_data_path", define("string", "Where tasks keep raw data, e.g. s3://bucket/prefix")],
  ["task_resource.min.cpu", define("quantity", "Minimum CPU request of a task pod")],
  ["task_resource.min.gpu", define("quantity", "Minimum GPU request of a task pod")],
  ["task_resource.min.memory", define("quantity", "Minimum memory request of a task pod")],
  ["task_resource.min.storage", define("quantity", "Minimum ephemeral storage request of a task pod")],
  ["task_resource.max.cpu", define("quantity", "Limit of a task pod's CPU")],
  ["task_resource.max.gpu", define("quantity", "Limit of a task pod's GPUs")],
  ["task_resource.max.memory", define("quantity", "Limit of a task pod's memory")],
  ["task_resource.max.storage", define("quantity", "Limit of a task pod's ephemeral storage")],
  ["task_resource.mirror_limits_request", define("boolean", "Whether limits equal requests")],
  [
    "task_resource.default_accelerator",
    define("accelerator", "Accelerator of tasks that request GPUs without one, e.g. nvidia-h100", "2026-11"),
  ],
  ["labels", define("string_map", "Kubernetes labels of task pods")],
  ["annotations", define("string_map", "Kubernetes annotations of task pods")],
  ["environment_variables", define("string_map", "Environment variables of task pods")],
  ["app.disallow_anonymous", define("boolean", "Whether apps reject anonymous callers")],
  [
    "app.app_dns_strategy",
    define("string", "How public URLs of apps are made: shared or dataplane_specific", "2026-11"),
  ],
  ["pod_template_name", define("string", "Kubernetes PodTemplate that task pods are based on", "2026-11")],
] as const;

/** A key of the catalogue. */
export type SettingKey = (typeof DEFINITIONS)[number][0];

/** Every key there is, spelled and ordered as `flyte get settings` prints them. */
export const SETTING_KEYS: ReadonlyMap<string, SettingDefinition> = new Map(DEFINITIONS);

/** The same keys as a list. */
export const SETTING_KEY_NAMES: readonly SettingKey[] = DEFINITIONS.map(([key]) => key);

function define(type: SettingType, description: string, since: Generation = "2026-07"): SettingDefinition {
  return { type, description, since };
}

/** The one text for a scope: "" (the organization), `DOMAIN` or `DOMAIN/PROJECT`. */
export function formatScope({ domain, project }: SettingsScope): string {
  return [domain, project].filter((part) => part !== null).join("/");
}

/** The name of a scope's settings, as addresses have it: `ORG[/DOMAIN[/PROJECT]]`. */
export function nameSettings(org: string, scope: SettingsScope): string {
  return [org, formatScope(scope)].filter((part) => part !== "").join("/");
}

/** The scope that such a name stands for. */
export function parseSettingsName(name: string): SettingsScope {
  const [, domain = null, project = null] = name.split("/");
  return { domain, project };
}

/** A scope in a sentence: `the organization`, `domain "dev"`, `project "ml" of domain "dev"`. */
export function describeScope({ domain, project }: SettingsScope): string {
  if (domain === null) return "the organization";
  return project === null ? `domain "${domain}"` : `project "${project}" of domain "${domain}"`;
}

/** A scope and those above it, broadest first. */
export function listScopesAbove({ domain, project }: SettingsScope): readonly SettingsScope[] {
  return [
    { domain: null, project: null },
    ...(domain === null ? [] : [{ domain, project: null }]),
    ...(project === null ? [] : [{ domain, project }]),
  ];
}

/** A value in the one form that is compared: equal amounts, selectors and maps become equal JSON. */
export function normaliseSettingValue(key: string, value: SettingValue): SettingValue;
export function normaliseSettingValue(key: string, value: DeclaredValue): DeclaredValue;
export function normaliseSettingValue(key: string, value: DeclaredValue): DeclaredValue {
  const type = SETTING_KEYS.get(key)?.type;
  // It was normalised before it was sealed, or is once it is resolved.
  if (isSealed(value) || isReference(value)) return value;
  if (typeof value === "object") return Object.fromEntries(Object.entries(value).sort(byName));
  if (value === UNSET) return value;
  if (type === "quantity") return normaliseQuantity(String(value));
  if (type === "accelerator") return normaliseAcceleratorSelector(String(value)) ?? value;
  return type === "integer" ? String(value) : value;
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
