import { ATTRIBUTES_KINDS, KIND_DEFINITIONS } from "../../kinds/registry.ts";
import type { SettingValue } from "../../model/objects/settings.ts";
import { formatValue } from "../plan/describe-change.ts";
import { cutNames } from "../text/cut-list.ts";
import type { Paint } from "../text/paint.ts";
import { type Cell, renderTable } from "../text/render-table.ts";
import { type Part, type Shown, shown } from "../text/shown-text.ts";
import type { PlacesStatus, RowStatus, SettingsStatus } from "./describe-places.ts";

/** Settings and rows of flyteadmin as they are now, for people: a section each, "" where there is nothing. */
export function renderPlaces(places: PlacesStatus, paint: Paint): readonly Part[] {
  const { systems, settings } = places;
  const hidden = systems.settings === "unreadable" ? "" : cutNames(places.unreadable_scopes);
  return [
    renderTable(
      "Settings of the scopes that were read",
      ["SCOPE", "KEY", "VALUE"],
      settings.flatMap(settingRows),
      paint,
    ),
    systems.settings === "unreadable" ? paint.change("Settings: permission denied") : "",
    renderEmpty(settings),
    hidden === "" ? "" : paint.change(`Permission denied, settings not read: ${hidden}`),
    ...ATTRIBUTES_KINDS.map((kind) => {
      const { heading, column } = KIND_DEFINITIONS[kind];
      return renderTable(heading, ["SCOPE", column], places[kind].map(attributesRow), paint);
    }),
  ];
}

/** flyteadmin in one line; "" where none was named. */
export function renderFlyteadmin({ flyteadmin }: PlacesStatus): Shown {
  if (flyteadmin === null) return shown``;
  const { endpoint, projects, archived_projects, domains } = flyteadmin;
  const archived = archived_projects === 0 ? "" : ` (${archived_projects} archived)`;
  return shown`flyteadmin ${endpoint}: ${projects} projects${archived}, domains ${domains.join(", ")}`;
}

function settingRows({ scope, values, unknown }: SettingsStatus): readonly (readonly Cell[])[] {
  const known = Object.entries(values).map(([key, value]) => [scope, key, formatSetting(value)]);
  return [...known, ...unknown.map((text) => [scope, text, "(not known here)"])].map((row) =>
    row.map((text) => ({ text })),
  );
}

function formatSetting(value: SettingValue): string {
  return typeof value === "object" ? formatValue(value) : String(value);
}

function renderEmpty(settings: readonly SettingsStatus[]): string {
  const empty = settings.filter(({ values, unknown }) => Object.keys(values).length + unknown.length === 0);
  return empty.length === 0 ? "" : `No settings of their own: ${cutNames(empty.map(({ scope }) => scope))}`;
}

function attributesRow({ scope, launch_plan, value }: RowStatus): readonly Cell[] {
  const place = scope.startsWith("/") ? `*${scope}` : scope;
  const plan = launch_plan === null ? "" : ` (launch plan ${launch_plan})`;
  return [{ text: `${place}${plan}` }, { text: value === "" ? "(empty)" : value }];
}
