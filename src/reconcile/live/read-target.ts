import { CAPABILITIES, type LiveState } from "../../model/objects/live.ts";
import type { ControlPlaneReader, SettingsReader } from "../../systems/control-plane/reader.ts";
import { readLive } from "./read-live.ts";
import { type PlaceReaders, type PlacesToRead, readPlaces } from "./read-places.ts";

/** The systems of a target, to be read; null: it was not named. At least one is there. */
export interface TargetReaders extends Omit<PlaceReaders, "settings"> {
  readonly union: (ControlPlaneReader & SettingsReader) | null;
}

/** Reads all systems of a target in one go, side by side. */
export async function readTarget(readers: TargetReaders, wanted: PlacesToRead): Promise<LiveState> {
  const { union, flyteadmin, delivery } = readers;
  const [live, places] = await Promise.all([
    union === null ? null : readLive(union, wanted.known),
    readPlaces({ settings: union, flyteadmin, delivery }, wanted),
  ]);
  if (live !== null) return { ...live, ...places };
  return {
    ...places,
    systems: { ...places.systems, union: "absent" },
    org: "",
    endpoint: places.flyteadmin.endpoint ?? "",
    capabilities: CAPABILITIES["2026-11"],
    pools: [],
    clusters: [],
    queues: [],
  };
}
