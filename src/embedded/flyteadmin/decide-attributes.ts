import { create } from "@bufbuild/protobuf";
import {
  MatchableResource,
  type MatchingAttributes,
  MatchingAttributesSchema,
} from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { refuse } from "../state/refuse.ts";
import {
  attributesToRow,
  attributesToWire,
  deleteRows,
  listRows,
  requireRow,
  resolveRow,
  upsertRow,
} from "./attributes-table.ts";
import { checkProject, checkProjectAndDomain, checkProjectExists } from "./check-scope.ts";
import type { FlyteadminRules } from "./flyteadmin-rules.ts";
import {
  type AttributesKey,
  type AttributesRecord,
  attributesKey,
  type FlyteadminChange,
  type FlyteadminState,
} from "./flyteadmin-state.ts";
import { nameOfType, typeOfAttributes } from "./resource-types.ts";

/** The server's default for a project without an execution config. */
const DEFAULT_EXECUTION_CONFIG = create(MatchingAttributesSchema, {
  target: { case: "workflowExecutionConfig", value: { maxParallelism: 25 } },
});

type Scope = Omit<AttributesKey, "launch_plan" | "resource_type">;

/** The rules of matchable attributes at the levels project, project-domain and workflow. */
export const attributesRules: FlyteadminRules<
  | "updateProjectAttributes"
  | "getProjectAttributes"
  | "deleteProjectAttributes"
  | "updateProjectDomainAttributes"
  | "getProjectDomainAttributes"
  | "deleteProjectDomainAttributes"
  | "updateWorkflowAttributes"
  | "getWorkflowAttributes"
  | "deleteWorkflowAttributes"
  | "listMatchableAttributes"
> = {
  updateProjectAttributes: (state, { attributes }, now) => {
    const { project, matchingAttributes } = requireAttributes(attributes);
    checkProject(state, project);
    return update(state, { project, domain: "", workflow: "" }, matchingAttributes, now);
  },
  // The only one of the three that reads exactly the requested row.
  getProjectAttributes: (state, { project, resourceType }) => {
    checkProjectExists(state, project);
    const key = keyOf({ project, domain: "", workflow: "" }, resourceType);
    const hasDefault = resourceType === MatchableResource.WORKFLOW_EXECUTION_CONFIG;
    const matchingAttributes =
      hasDefault && !state.attributes.has(attributesKey(key))
        ? DEFAULT_EXECUTION_CONFIG
        : attributesToWire(requireRow(state, key));
    return { response: { attributes: { project, matchingAttributes } } };
  },
  deleteProjectAttributes: (state, { project, resourceType }) => {
    checkProject(state, project);
    return { response: {}, changes: deleteRows(state, keyOf({ project, domain: "", workflow: "" }, resourceType)) };
  },

  updateProjectDomainAttributes: (state, { attributes }, now) => {
    const { project, domain, matchingAttributes } = requireAttributes(attributes);
    checkProjectAndDomain(state, project, domain);
    return update(state, { project, domain, workflow: "" }, matchingAttributes, now);
  },
  getProjectDomainAttributes: (state, { project, domain, resourceType }) => {
    checkProjectAndDomain(state, project, domain);
    const row = resolveRow(state, keyOf({ project, domain, workflow: "" }, resourceType));
    const found = { project: row.project, domain: row.domain };
    return { response: { attributes: { ...found, matchingAttributes: attributesToWire(row) } } };
  },
  deleteProjectDomainAttributes: (state, { project, domain, resourceType }) => {
    checkProjectAndDomain(state, project, domain);
    return { response: {}, changes: deleteRows(state, keyOf({ project, domain, workflow: "" }, resourceType)) };
  },

  updateWorkflowAttributes: (state, { attributes }, now) => {
    const { project, domain, workflow, matchingAttributes } = requireAttributes(attributes);
    checkProjectAndDomain(state, project, domain);
    checkWorkflow(workflow);
    return update(state, { project, domain, workflow }, matchingAttributes, now);
  },
  getWorkflowAttributes: (state, { project, domain, workflow, resourceType }) => {
    checkProjectAndDomain(state, project, domain);
    checkWorkflow(workflow);
    const row = resolveRow(state, keyOf({ project, domain, workflow }, resourceType));
    const found = { project: row.project, domain: row.domain, workflow: row.workflow };
    return { response: { attributes: { ...found, matchingAttributes: attributesToWire(row) } } };
  },
  deleteWorkflowAttributes: (state, { project, domain, workflow, resourceType }) => {
    checkProjectAndDomain(state, project, domain);
    checkWorkflow(workflow);
    return { response: {}, changes: deleteRows(state, keyOf({ project, domain, workflow }, resourceType)) };
  },

  // Without paging and filters, and with rows of archived projects.
  listMatchableAttributes: (state, { resourceType }) => {
    if (MatchableResource[resourceType] === undefined) {
      throw refuse("invalid_argument", "invalid value for resource_type");
    }
    const configurations = listRows(state, nameOfType(resourceType)).map((row) => ({
      attributes: attributesToWire(row),
      project: row.project,
      domain: row.domain,
      workflow: row.workflow,
      launchPlan: row.launch_plan,
    }));
    return { response: { configurations } };
  },
};

function update(state: FlyteadminState, scope: Scope, attributes: MatchingAttributes | undefined, now: number) {
  if (attributes === undefined) {
    throw refuse("invalid_argument", "missing matching_attributes");
  }
  const resource_type = typeOfAttributes(attributes);
  if (resource_type === undefined) {
    const identifier = [scope.project, scope.domain, scope.workflow].filter((part) => part !== "").join("-");
    throw refuse("invalid_argument", `Unrecognized matching attributes type for request ${identifier}`);
  }
  const key = { ...scope, launch_plan: "", resource_type };
  const merged = mergePluginOverrides(state.attributes.get(attributesKey(key)), attributes);
  const changes: readonly FlyteadminChange[] = [upsertRow(state, key, attributesToRow(merged), now)];
  return { response: {}, changes };
}

function requireAttributes<Attributes>(attributes: Attributes | undefined): Attributes {
  if (attributes === undefined) {
    throw refuse("invalid_argument", "missing attributes");
  }
  return attributes;
}

function checkWorkflow(workflow: string): void {
  if (workflow === "") {
    throw refuse("invalid_argument", "missing name");
  }
}

function keyOf(scope: Scope, type: MatchableResource): AttributesKey {
  return { ...scope, launch_plan: "", resource_type: nameOfType(type) };
}

/** The attributes of a row after a write: plugin overrides are merged by task type, all other attributes are replaced. */
function mergePluginOverrides(row: AttributesRecord | undefined, given: MatchingAttributes): MatchingAttributes {
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
