import { create } from "@bufbuild/protobuf";
import {
  type MatchingAttributes,
  MatchingAttributesSchema,
} from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { attributesToWire } from "./attributes-table.ts";
import type { AttributesRecord } from "./flyteadmin-state.ts";

/** The attributes of a row after a write: plugin overrides are merged by task type, all other attributes are replaced. */
export function mergePluginOverrides(row: AttributesRecord | undefined, given: MatchingAttributes): MatchingAttributes {
  const before = row === undefined ? undefined : attributesToWire(row).target;
  if (given.target.case !== "pluginOverrides" || before?.case !== "pluginOverrides") {
    return given;
  }
  const byTask = new Map(
    [...before.value.overrides, ...given.target.value.overrides].map((override) => [override.taskType, override]),
  );
  const value = { overrides: [...byTask.values()] };
  return create(MatchingAttributesSchema, { target: { case: "pluginOverrides", value } });
}
