import fc from "fast-check";
import { ATTRIBUTES_KINDS } from "../../../src/kinds/registry.ts";
import { type AttributesRow, formatAttributesScope } from "../../../src/model/objects/attributes.ts";
import type { LivePlaces, ScopedSettings } from "../../../src/model/objects/live.ts";
import {
  formatScope,
  SETTING_KEY_NAMES,
  SETTING_KEYS,
  type SettingsScope,
  type SettingType,
  type SettingValue,
  UNSET,
} from "../../../src/model/objects/settings.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("", "yes", "1.0", "# x", "a: b", "~"),
);

const VALUES: Readonly<Record<SettingType, fc.Arbitrary<SettingValue>>> = {
  string: fc.oneof(text, fc.constantFrom("q1", "c1", "default", "s3://bucket/p", "s3://bucket?token=abc", "shared")),
  integer: fc.oneof(fc.integer(), fc.constantFrom("9223372036854775807", "-9223372036854775807")),
  quantity: fc.constantFrom("1", "500m", "1Gi", "1024Mi", "", "-1", "many"),
  boolean: fc.boolean(),
  string_map: fc.dictionary(text, text, { maxKeys: 3 }),
  accelerator: fc.constantFrom("H100", "nvidia-h100", "", "something-new"),
};

const values = fc
  .tuple(
    ...SETTING_KEY_NAMES.map((key) => {
      const type = SETTING_KEYS.get(key)?.type ?? "string";
      return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.constant(UNSET), VALUES[type]);
    }),
  )
  .map((drawn) =>
    Object.fromEntries(
      SETTING_KEY_NAMES.flatMap((key, index) => (drawn[index] === undefined ? [] : [[key, drawn[index]]])),
    ),
  );

const scope: fc.Arbitrary<SettingsScope> = fc.constantFrom(
  ...[null, "dev", "organization", "con"].flatMap((domain) =>
    (domain === null ? [null] : [null, "ml", "queues", "snake_case"]).map((project) => ({ domain, project })),
  ),
);

const settings: fc.Arbitrary<readonly ScopedSettings[]> = fc.uniqueArray(
  fc.record({
    scope,
    version: fc.constant("1"),
    values,
    unknown: fc.array(fc.constantFrom("field 99", "labels\nfield"), { maxLength: 1 }),
  }),
  { maxLength: 5, selector: (record) => formatScope(record.scope) },
);

const PROJECTS = ["ml", "queues", "aux", "gone", "snake_case"] as const;
const workflow = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.constantFrom("my.wf", "My.wf", "a/b", "..", "x".repeat(300), "con"),
);

const rows: fc.Arbitrary<readonly AttributesRow[]> = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom(...ATTRIBUTES_KINDS),
    scope: fc.oneof(
      fc.record({ project: fc.constantFrom(...PROJECTS, ""), domain: fc.constant("dev"), workflow: fc.constant(null) }),
      fc.record({ project: fc.constantFrom(...PROJECTS), domain: fc.constant(null), workflow: fc.constant(null) }),
      fc.record({ project: fc.constantFrom(...PROJECTS), domain: fc.constantFrom("dev", "elsewhere"), workflow }),
    ),
    launch_plan: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.constant("nightly")),
    value: fc.oneof(fc.constantFrom("default", "pa", "pb", "nowhere", ""), text),
  }),
  { maxLength: 8, selector: (row) => `${row.kind} ${formatAttributesScope(row.scope)} ${row.launch_plan}` },
);

/** Settings of some scopes and rows of flyteadmin, those included that no manifest can say. */
export const arbitraryPlaces: fc.Arbitrary<LivePlaces> = fc.record({ settings, rows }).map((drawn) => ({
  systems: { union: "read", settings: "read", flyteadmin: "read", delivery: "absent" },
  settings: drawn.settings,
  unreadable_scopes: [],
  scope_list: "read" as const,
  flyteadmin: {
    endpoint: "http://127.0.0.1:9",
    rows: drawn.rows,
    projects: PROJECTS.map((id) => ({
      id,
      name: id,
      domains: ["dev"],
      state: id === "gone" ? "archived" : "active",
    })),
    domains: ["dev"],
  },
  delivery: null,
  delivered: [],
}));
