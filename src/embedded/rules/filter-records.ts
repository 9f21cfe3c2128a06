import { Filter_Function } from "../../systems/control-plane/gen/flyteidl2/common/common_pb.js";
import { refuse } from "../state/refuse.ts";
import type { ClusterRecord, PoolRecord, QueueRecord } from "../state/state.ts";

/** A filter of either list request; their functions have the same numbers. */
export interface ListFilter {
  readonly function: number;
  readonly field: string;
  readonly values: readonly string[];
}

/** Whether the filters are about deletion, so that deleted records are not hidden. */
export function showsDeleted(filters: readonly ListFilter[]): boolean {
  return filters.some((filter) => filter.field === "deleted_at" && filter.function === Filter_Function.EXISTS);
}

/** Whether the fields of a record pass all filters. */
export function matchFilters(filters: readonly ListFilter[], read: (field: string) => string | null): boolean {
  return filters.every((filter) => matchFilter(filter, read(filter.field)));
}

function matchFilter({ function: kind, field, values }: ListFilter, value: string | null): boolean {
  switch (kind) {
    case Filter_Function.EXISTS:
      return value !== null;
    case Filter_Function.NOT_EXISTS:
      return value === null;
    case Filter_Function.EQUAL:
      return value === values[0];
    case Filter_Function.NOT_EQUAL:
      return value !== values[0];
    case Filter_Function.VALUE_IN:
      return value !== null && values.includes(value);
    case Filter_Function.VALUE_NOT_IN:
      return value === null || !values.includes(value);
    case Filter_Function.CONTAINS:
      return value?.includes(values[0] ?? "") ?? false;
    case Filter_Function.CONTAINS_CASE_INSENSITIVE:
      return value?.toLowerCase().includes((values[0] ?? "").toLowerCase()) ?? false;
    case Filter_Function.ENDS_WITH:
      return value?.endsWith(values[0] ?? "") ?? false;
    case Filter_Function.NOT_ENDS_WITH:
      return !(value?.endsWith(values[0] ?? "") ?? false);
    default:
      throw refuse("invalid_argument", `filter function ${kind} on "${field}" is not served here`);
  }
}

/** The value of a record's field for filters: null where it is not set; throws `invalid_argument` for an unknown field. */
export function readField(record: PoolRecord | ClusterRecord | QueueRecord, field: string): string | null {
  switch (field) {
    case "name":
      return record.name;
    case "deleted_at":
      return record.deleted_at === null ? null : new Date(record.deleted_at).toISOString();
    case "state":
      return stateName(record);
    case "pool":
    case "cluster_pool":
    case "cluster_pool_name":
      return poolOf(record);
    default:
      throw refuse(
        "invalid_argument",
        `"${field}" is no field to filter by; name, state, cluster_pool_name and deleted_at are`,
      );
  }
}

function poolOf(record: PoolRecord | ClusterRecord | QueueRecord): string {
  if ("spec" in record) {
    return record.spec.cluster_pool;
  }
  return "pool" in record ? record.pool : record.name;
}

function stateName(record: PoolRecord | ClusterRecord | QueueRecord): string | null {
  if ("spec" in record) {
    return `QUEUE_STATE_${record.state.toUpperCase()}`;
  }
  return "state" in record ? `CLUSTER_STATE_${record.state.toUpperCase()}` : null;
}
