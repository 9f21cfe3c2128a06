import { nameDelivery } from "../git/name-delivery.ts";
import { parseEndpoint } from "../http/parse-endpoint.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { NodePath } from "../model/position.ts";

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
    key: `deliver ${nameDelivery(deliver ?? "", folder)}`,
    field: ["deliver"],
    what: "place for the files of Flyte's clusters",
  };
  return [
    ...(endpoint === "" ? [] : [union]),
    ...(flyteadmin?.endpoint === undefined ? [] : [admin]),
    ...(deliver === undefined || deliver === null ? [] : [files]),
  ];
}

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
