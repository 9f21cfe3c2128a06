import { ATTRIBUTES_KINDS, type AttributesKind, mapKinds } from "../../kinds/registry.ts";
import { type AttributesRow, formatAttributesScope } from "../../model/objects/attributes.ts";
import type { LiveState, ScopedSettings, Systems } from "../../model/objects/live.ts";
import { nameSettings, type SettingValue, type SettingValues } from "../../model/objects/settings.ts";
import { maskCredentials, maskValue } from "../../model/secrets/mask-credentials.ts";
import { isSealed } from "../../model/secrets/sealed.ts";

/** The own settings of one scope that was read. */
export interface SettingsStatus {
  /** `ORG[/DOMAIN[/PROJECT]]`, as addresses have it. */
  readonly scope: string;
  readonly version: string;
  readonly values: SettingValues;
  /** What the record holds in a form that is not known. */
  readonly unknown: readonly string[];
}

/** A row of flyteadmin. */
export interface RowStatus extends Omit<AttributesRow, "kind" | "scope"> {
  /** `PROJECT[/DOMAIN[/WORKFLOW]]`; nothing before the first slash is all projects. */
  readonly scope: string;
}

/** flyteadmin in figures. */
export interface FlyteadminStatus {
  readonly endpoint: string;
  /** Archived ones included. */
  readonly projects: number;
  readonly archived_projects: number;
  readonly domains: readonly string[];
}

/** The rows of each kind. */
export type RowsStatus = { readonly [K in AttributesKind]: readonly RowStatus[] };

/** What is live beside pools, clusters and queues. */
export interface PlacesStatus extends RowsStatus {
  readonly systems: Pick<Systems, "union" | "settings" | "flyteadmin">;
  /** Null where no flyteadmin was named. */
  readonly flyteadmin: FlyteadminStatus | null;
  readonly settings: readonly SettingsStatus[];
  /** Scopes, as addresses have them, whose settings the token may not read. */
  readonly unreadable_scopes: readonly string[];
}

/** The settings and rows that are to be shown. */
export interface SelectedPlaces {
  readonly settings: readonly ScopedSettings[];
  readonly rows: readonly AttributesRow[];
}

/** Puts settings and rows into the shape that `status` prints, without any credentials in them. */
export function describePlaces({ settings, rows }: SelectedPlaces, live: LiveState): PlacesStatus {
  const { union, settings: ofSettings, flyteadmin } = live.systems;
  return {
    systems: { union, settings: ofSettings, flyteadmin },
    flyteadmin: describeFlyteadmin(live),
    settings: settings.map(({ scope, version, values, unknown }) => {
      return { scope: nameSettings(live.org, scope), version, values: maskNames(maskValue(values)), unknown };
    }),
    unreadable_scopes: live.unreadable_scopes.map((scope) => nameSettings(live.org, scope)),
    ...mapKinds(ATTRIBUTES_KINDS, (kind) => describeRows(rows, kind)),
  };
}

/** Others may have written a credential as the name of an entry. */
function maskNames(values: SettingValues): SettingValues {
  const mask = (value: SettingValue): SettingValue =>
    typeof value === "object" && !isSealed(value)
      ? Object.fromEntries(Object.entries(value).map(([name, entry]) => [maskCredentials(name), entry]))
      : value;
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, mask(value)]));
}

function describeFlyteadmin({ flyteadmin: { endpoint, projects, domains } }: LiveState): FlyteadminStatus | null {
  if (endpoint === null) return null;
  const archived = projects.filter(({ state }) => state === "archived");
  return { endpoint, projects: projects.length, archived_projects: archived.length, domains };
}

function describeRows(rows: readonly AttributesRow[], wanted: AttributesKind): readonly RowStatus[] {
  return rows
    .filter(({ kind }) => kind === wanted)
    .map(({ scope, launch_plan, value }) => ({ scope: formatAttributesScope(scope), launch_plan, value }))
    .sort((left, right) => (left.scope < right.scope ? -1 : 1));
}
