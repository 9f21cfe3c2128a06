import type { NodePath } from "../../model/diagnostics/position.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { isWithinOther, nameDelivery } from "../../systems/git/name-delivery.ts";
import { parseEndpoint } from "../../systems/http/parse-endpoint.ts";
import { DEFAULT_BRANCH } from "./build-source.ts";

/** The systems of a target as the file has them, or as they were built from it. */
export interface WrittenSystems {
  /** Undefined or "": there is none. */
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly flyteadmin?: { readonly endpoint?: string | undefined } | null | undefined;
  readonly deliver?: string | null | undefined;
}

/** Something that has one writer and one owner. */
export interface WrittenPlace {
  /** The same for two targets that write to the same place. */
  readonly key: string;
  /** Which key of the file names it. */
  readonly field: NodePath;
  /** For people. */
  readonly what: string;
}

/**
 * All places that a target writes to: one control plane (endpoint and organization), one flyteadmin, one place of delivery. `folder`: where
 * relative paths begin; default: the working directory.
 */
export function listWrittenPlaces(systems: WrittenSystems, folder = "."): readonly WrittenPlace[] {
  const { endpoint = "", org = "", flyteadmin, deliver, insecure = false } = systems;
  const union: WrittenPlace = {
    key: `union ${org} ${canonical(endpoint, insecure)}`,
    field: ["endpoint"],
    what: "control plane and org",
  };
  const admin: WrittenPlace = {
    key: `flyteadmin ${canonical(flyteadmin?.endpoint ?? "", insecure)}`,
    field: ["flyteadmin", "endpoint"],
    what: "flyteadmin",
  };
  const files: WrittenPlace = {
    key: `${DELIVER}${nameDelivery(deliver ?? "", folder)}`,
    field: ["deliver"],
    what: "place for the files of Flyte's clusters",
  };
  return [
    ...(endpoint === "" ? [] : [union]),
    ...(flyteadmin?.endpoint === undefined ? [] : [admin]),
    ...(deliver === undefined || deliver === null ? [] : [files]),
  ];
}

/** Where the manifests of a target come from, as the file has it. */
export interface ReadSource {
  readonly repository?: { readonly url?: string | undefined; readonly branch?: string | undefined } | undefined;
  readonly folder?: { readonly path?: string | undefined } | undefined;
}

/** The key of what a target is read from, comparable with those of places by {@link doPlacesMeet}; null: not known. */
export function keySource({ repository, folder: watched }: ReadSource, folder = "."): string | null {
  const { url, branch = DEFAULT_BRANCH } = repository ?? {};
  const place = url === undefined ? watched?.path : `${url}#${branch}`;
  return place === undefined ? null : `${DELIVER}${nameDelivery(place, folder)}`;
}

/** Whether two places, by their keys, are equal, or are places of delivery within each other: then each has two writers. */
export function doPlacesMeet(one: string, other: string): boolean {
  if (one === other) return true;
  if (!one.startsWith(DELIVER) || !other.startsWith(DELIVER)) return false;
  return isWithinOther(one.slice(DELIVER.length), other.slice(DELIVER.length));
}

const DELIVER = "deliver ";

/** Two spellings of one address are one. */
function canonical(endpoint: string, insecure: boolean): string {
  try {
    return parseEndpoint(endpoint, { insecure, source: "endpoint" });
  } catch (error) {
    // What is no address is reported for itself; as it is written it is still the same as another one.
    if (error instanceof OperationalError) return endpoint;
    throw error;
  }
}
