import type { AttributesKind } from "../../src/kinds/registry.ts";
import { DEFAULT_LIFECYCLE } from "../../src/manifests/desired/build-desired.ts";
import { buildFlyteClusters } from "../../src/manifests/desired/build-placed.ts";
import { formatAttributesScope, parseAttributesScope } from "../../src/model/objects/attributes.ts";
import {
  type Desired,
  type DesiredAttributes,
  type DesiredSettings,
  NOTHING_DESIRED,
} from "../../src/model/objects/desired.ts";
import { formatScope, type SettingValues } from "../../src/model/objects/settings.ts";
import { ORG } from "./serve-world.ts";

const COMMON = { previously: null, lifecycle: DEFAULT_LIFECYCLE, source: { file: "test.yaml", line: 1 } } as const;

/** The row that a manifest wants at `PROJECT[/DOMAIN[/WORKFLOW]]`. */
export function desiredRow(kind: AttributesKind, place: string, value: string): DesiredAttributes {
  const scope = parseAttributesScope(place);
  const name = formatAttributesScope(scope);
  return { ...COMMON, kind, address: `${kind}.${name}`, name, scope, value };
}

/** The label that a manifest wants there. */
export function desiredLabel(place: string, value: string): DesiredAttributes {
  return desiredRow("execution_cluster_label", place, value);
}

/** Settings of "", `DOMAIN` or `DOMAIN/PROJECT`. */
export function desiredSettings(place: string, values: SettingValues, authoritative = false): DesiredSettings {
  const [domain = null, project = null] = place === "" ? [] : place.split("/");
  const scope = { domain, project };
  const name = [ORG, formatScope(scope)].filter((part) => part !== "").join("/");
  return {
    ...COMMON,
    kind: "settings",
    address: `settings.${name}`,
    name,
    scope,
    values,
    authoritative,
    sensitive: [],
  };
}

/** Flyte's clusters with one label and one cluster, both of that name. */
export function desiredFlyteClusters(label: string, name = "flyte", path = name): Desired["flyte_clusters"][number] {
  const auth = { type: "file_path", tokenPath: `/var/run/credentials/${label}`, certPath: "/var/run/credentials/ca" };
  const clusterConfigs = [{ name: label, endpoint: `https://${label}.example.com:443`, enabled: true, auth }];
  const clusters = { labelClusterMap: { [label]: [{ id: label, weight: 1 }] }, clusterConfigs };
  const body = { configmap: { clusters }, delivery: { path } };
  return buildFlyteClusters({ kind: "flyte_clusters", name, source: COMMON.source, body } as never);
}

/** A folder that wants these. */
export function desiredPlaces(places: Partial<Desired>): Desired {
  return { ...NOTHING_DESIRED, ...places };
}
