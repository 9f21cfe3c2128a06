import { KIND_DEFINITIONS } from "../kinds/registry.ts";
import { type Address, formatAddress } from "../model/address.ts";
import { limitDiagnostics } from "../model/diagnostics/limit-diagnostics.ts";
import { normaliseAcceleratorSelector } from "../model/objects/accelerator.ts";
import type { DeclaredSettings } from "../model/objects/desired.ts";
import { listReferences, type PlacedReference } from "../model/objects/list-references.ts";
import type { Manifest, SettingsManifest } from "../model/objects/manifest.ts";
import { formatReference, isReference, type Reference } from "../model/objects/reference.ts";
import { type DeclaredValue, SETTING_KEYS, UNSET } from "../model/objects/settings.ts";
import { rememberReferred } from "../systems/http/known-secrets.ts";
import { createFindings } from "./desired/collect-findings.ts";
import { type ReferenceSources, readText, type Unread } from "./folder/read-referenced.ts";
import type { LoadedDesired } from "./load-desired.ts";
import { compileSchema } from "./yaml/compile-schema.ts";

/**
 * What manifests want with the values of their references, each read once and now; what can't be resolved is a diagnostic at its place.
 * Values are checked as if they were written there. They come out of it only where they are sealed.
 */
export function resolveReferences(loaded: LoadedDesired, sources: ReferenceSources): LoadedDesired {
  const { desired, manifests } = loaded;
  if (desired.settings.every(({ values }) => listReferences(values).length === 0)) return loaded;
  const { report, listDiagnostics } = createFindings();
  const read = createReader(sources);
  const manifestOf = indexSettings(manifests);
  const settings = desired.settings.map((own) => {
    const manifest = manifestOf.get(own.address);
    const found = new Map<Reference, Reference>();
    for (const placed of listReferences(own.values)) {
      const value = readValue(placed, read);
      if (typeof value !== "object") found.set(placed.reference, { ...placed.reference, reveal: () => value });
      else if (manifest === undefined) throw new Error(`no manifest declares ${own.address}`);
      else report(value.code, { manifest, path: pathIn(manifest, placed), describe: () => value });
    }
    return fill(own, found);
  });
  return {
    ...loaded,
    desired: { ...desired, settings },
    diagnostics: limitDiagnostics([...loaded.diagnostics, ...listDiagnostics()]),
  };
}

type ReadReference = (reference: Reference) => string | Unread;

/** All places of one reference get one value, even if what it names changes in between. */
function createReader(sources: ReferenceSources): ReadReference {
  const known = new Map<string, string | Unread>();
  return (reference) => {
    const name = formatReference(reference);
    const value = known.get(name) ?? readText(reference, sources);
    known.set(name, value);
    // Logs are kept free of it, as of the daemon's own secrets. Shorter ones would garble every line.
    if (typeof value === "string" && value.length >= SHORTEST_SECRET) rememberReferred(name, value);
    return value;
  };
}

const SHORTEST_SECRET = 6;

function readValue({ path: [key, entry], reference }: PlacedReference, read: ReadReference): string | boolean | Unread {
  const text = read(reference);
  if (typeof text !== "string") return text;
  const type = SETTING_KEYS.get(key)?.type;
  const value = type === "boolean" && /^(true|false)$/.test(text) ? text === "true" : text;
  if (isValidSetting(key, entry === undefined ? value : { [entry]: text })) return value;
  const place = entry === undefined ? key : `${key}.${entry}`;
  return {
    code: "bad-reference-value",
    summary: `The value of ${formatReference(reference)} is not valid for ${place}`,
  };
}

function fill(own: DeclaredSettings, found: ReadonlyMap<Reference, Reference>): DeclaredSettings {
  const put = <Value extends DeclaredValue>(value: Value) => (isReference(value) ? (found.get(value) ?? value) : value);
  const values = Object.entries(own.values).map(([key, value]): readonly [string, DeclaredValue] => {
    if (typeof value !== "object" || isReference(value)) return [key, put(value)];
    return [key, Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, put(entry)]))];
  });
  return { ...own, values: Object.fromEntries(values) };
}

function indexSettings(manifests: readonly Manifest[]): ReadonlyMap<Address, SettingsManifest> {
  return new Map(
    manifests.flatMap((manifest) =>
      manifest.kind === "settings" && manifest.name !== null
        ? [[formatAddress("settings", manifest.name), manifest] as const]
        : [],
    ),
  );
}

/** Under `settings`, or on the top level. */
function pathIn({ body }: SettingsManifest, { path: [key, entry] }: PlacedReference): readonly string[] {
  const isNested = Object.hasOwn(body.settings ?? {}, key);
  return [...(isNested ? ["settings"] : []), key, ...(entry === undefined ? [] : [entry])];
}

const check = compileSchema(KIND_DEFINITIONS.settings.schema);

/** Whether a manifest could have a value for a key of settings; {@link UNSET} is none. */
function isValidSetting(key: string, value: DeclaredValue): boolean {
  if (value === UNSET || check({ settings: { [key]: value } }).length > 0) return false;
  switch (SETTING_KEYS.get(key)?.type) {
    case "accelerator":
      return normaliseAcceleratorSelector(String(value)) !== undefined;
    case "integer":
      return BigInt.asIntN(64, BigInt(String(value))) === BigInt(String(value));
    default:
      return true;
  }
}
