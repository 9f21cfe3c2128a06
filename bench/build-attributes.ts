import type { AttributesRecord, FlyteadminChange, ProjectRecord } from "../src/embedded/flyteadmin/flyteadmin-state.ts";
import { attributesKey } from "../src/embedded/flyteadmin/flyteadmin-state.ts";
import { formatAddress } from "../src/model/address.ts";
import { type AttributesScope, formatAttributesScope } from "../src/model/objects/attributes.ts";
import { type Desired, type DesiredAttributes, groupRows, NOTHING_DESIRED } from "../src/model/objects/desired.ts";
import type { LiveFlyteadmin, LiveState } from "../src/model/objects/live.ts";
import { UNION_ONLY } from "../src/model/objects/live.ts";
import { buildLive } from "./build-live.ts";

const DOMAINS = ["development", "production"];
const LABELS = 20;

/** One label for each of as many project-domains. */
function buildLabels(size: number): readonly { readonly scope: AttributesScope; readonly value: string }[] {
  return Array.from({ length: size }, (_, index) => ({
    scope: {
      project: `project-${Math.floor(index / DOMAINS.length)}`,
      domain: DOMAINS[index % DOMAINS.length] ?? null,
      workflow: null,
    },
    value: `label-${index % LABELS}`,
  }));
}

/** What manifests want: the same labels, the first `changed` of them with another value. */
export function buildDesiredLabels(size: number, changed: number): Desired {
  const labels = buildLabels(size).map(({ scope, value }, index): DesiredAttributes => {
    const name = formatAttributesScope(scope);
    return {
      ...{ kind: "execution_cluster_label", name, address: formatAddress("execution_cluster_label", name), scope },
      ...{ value: index < changed ? "another" : value, previously: null, lifecycle: LIFECYCLE },
      source: { file: `execution-cluster-labels/${index}.yaml`, line: 1 },
    };
  });
  return { ...NOTHING_DESIRED, rows: groupRows(labels) };
}

const LIFECYCLE: DesiredAttributes["lifecycle"] = {
  ...{ prevent_destroy: false, on_remove: "delete", ignore_changes: [] },
  ...{ drain_timeout_ms: null, await: "registered" },
};

/** A flyteadmin alone that has the labels. */
export function buildLiveLabels(size: number): LiveState {
  const flyteadmin: LiveFlyteadmin = {
    endpoint: "http://127.0.0.1:8",
    rows: buildLabels(size).map((row) => ({ kind: "execution_cluster_label", launch_plan: null, ...row })),
    projects: listProjects(size).map((id) => ({ id, name: id, domains: DOMAINS, state: "active" })),
    domains: DOMAINS,
  };
  const systems = { ...UNION_ONLY.systems, union: "absent", flyteadmin: "read" } as const;
  return { ...buildLive(null, "2026-11"), ...UNION_ONLY, systems, flyteadmin };
}

/** The same as records of the embedded flyteadmin. */
export function buildLabelRecords(size: number, now: number): readonly FlyteadminChange[] {
  const times = { created_at: now, updated_at: now };
  const projects = listProjects(size).map((id): FlyteadminChange => {
    const record: ProjectRecord = { id, name: id, description: "", labels: null, state: "ACTIVE", ...times };
    return { table: "project", key: id, record };
  });
  const rows = buildLabels(size).map(({ scope, value }, index): FlyteadminChange => {
    const { project, domain } = scope;
    const place = { project, domain: domain ?? "", workflow: "", launch_plan: "" };
    const key = { ...place, resource_type: "EXECUTION_CLUSTER_LABEL" };
    const attributes = { execution_cluster_label: { value } };
    const record: AttributesRecord = { ...key, id: index + 1, priority: 10, attributes, ...times };
    return { table: "attributes", key: attributesKey(key), record };
  });
  return [...projects, ...rows];
}

function listProjects(size: number): readonly string[] {
  return Array.from({ length: Math.ceil(size / DOMAINS.length) }, (_, index) => `project-${index}`);
}
