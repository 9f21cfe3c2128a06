import published from "../../../schemas/poolkeeper.schema.json" with { type: "json" };
import { KINDS, mapKinds } from "../../kinds/registry.ts";

/** The JSON Schema of `poolkeeper.yaml`: as published in `schemas/`, with an action on drift for each kind that there is. */
export const CONFIG_SCHEMA = {
  ...published,
  $defs: { ...published.$defs, drift: { ...published.$defs.drift, properties: describeDrift() } },
};

function describeDrift() {
  const { properties } = published.$defs.drift;
  const actions = properties.kinds.properties.cluster.enum;
  const describeKind = (kind: string) => ({ enum: actions, description: `The action for objects of kind ${kind}.` });
  return { ...properties, kinds: { ...properties.kinds, properties: mapKinds(KINDS, describeKind) } };
}
