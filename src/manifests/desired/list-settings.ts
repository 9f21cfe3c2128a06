import { SETTING_KEY_NAMES, type SettingKey } from "../../model/objects/settings.ts";

/** Where a manifest has settings: on its top level, under `settings`, or both. */
type HoldsSettings<Value> = Keyed<Value> & { readonly settings?: Keyed<Value> | undefined };
type Keyed<Value> = { readonly [K in SettingKey]?: Value | undefined };

/** A setting as a manifest writes it. */
export interface WrittenSetting<Value> {
  readonly key: SettingKey;
  readonly path: readonly string[];
  readonly value: Value;
}

/** The settings of a manifest's body in the order of the catalogue, those under `settings` and those on the top level alike. */
export function listSettings<Value>(body: HoldsSettings<Value>): readonly WrittenSetting<Value>[] {
  return SETTING_KEY_NAMES.flatMap((key) => {
    const own = body.settings?.[key];
    const top = body[key];
    return [
      ...(own === undefined ? [] : [{ key, path: ["settings", key], value: own }]),
      ...(top === undefined ? [] : [{ key, path: [key], value: top }]),
    ];
  });
}
