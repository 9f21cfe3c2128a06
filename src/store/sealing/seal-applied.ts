import type { Address } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import { isText, mapOf, objectOf, optional } from "../../model/json/shape.ts";
import { parseSettingsName, type SettingValues } from "../../model/objects/settings.ts";
import { isSettingValue } from "../../model/plan/step-shape.ts";
import { SEALED_IN_TEXT } from "../../model/secrets/sealed.ts";
import type { Vault } from "../../sealing/create-vault.ts";
import type { SealedFiles } from "../../sealing/seal-files.ts";
import { sealSettings } from "../../sealing/seal-settings.ts";
import type { OwnedText } from "../../sealing/seal-text.ts";

/** An object as it was applied last, as far as values of it may be sensitive. */
export interface Applied {
  readonly settings?: SettingValues;
  readonly files?: Readonly<Record<string, string>>;
}

/** The same, as it is kept. */
export const isApplied = objectOf<Applied>({
  ...{ settings: optional(mapOf(isSettingValue)), files: optional(mapOf(isText)) },
});

/** Its files, to be sealed. */
export function listTexts(address: string, { files = {} }: Applied): readonly OwnedText[] {
  return Object.entries(files).map(([path, text]) => ({ address: address as Address, path, text }));
}

/** The same with its settings sealed, and its files as they are after sealing: `texts` has them in the order of {@link listTexts}. */
export function sealApplied<Kept extends Applied>(
  address: string,
  applied: Kept,
  { vault, texts }: { readonly vault: Vault; readonly texts: readonly string[] },
): Kept {
  const { settings, files } = applied;
  const paths = Object.keys(files ?? {}).map((path, index) => [path, texts[index] ?? ""] as const);
  return {
    ...applied,
    ...(settings !== undefined && { settings: sealValues(address, settings, vault) }),
    ...(files !== undefined && { files: Object.fromEntries(paths) }),
  };
}

/** What is kept of the manifest of settings, with its values sealed; of others, none has values. */
export function sealManifest(address: string, manifest: JsonObject, vault: Vault): JsonObject {
  if (!address.startsWith("settings.") || manifest.values === undefined) return manifest;
  const values = sealValues(address, manifest.values as SettingValues, vault);
  return { ...manifest, values } as JsonObject;
}

function sealValues(address: string, values: SettingValues, vault: Vault): SettingValues {
  const scope = parseSettingsName(address.slice("settings.".length));
  return sealSettings({ address: address as Address, scope }, values, vault);
}

/** Files that were sealed once more: what had been sealed before is as it was, so that it is known again. */
export function keepFormer({ texts, kept }: SealedFiles): readonly string[] {
  const former = new Map(kept.map(({ hash, value }) => [hash, String(value)]));
  return texts.map((text) =>
    text.replace(SEALED_IN_TEXT, (marker, hash: string) => {
      const value = former.get(hash) ?? "";
      return value.replace(SEALED_IN_TEXT, "") === "" && value !== "" ? value : marker;
    }),
  );
}
