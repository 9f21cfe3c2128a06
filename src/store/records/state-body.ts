import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { isTargetState } from "../../model/daemon/state-shape.ts";
import { objectOf, optional } from "../../model/json/shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";

/** A state as an earlier release may have written it. */
type StoredState = Omit<TargetState, "contests"> & Partial<Pick<TargetState, "contests">>;

const isStoredState = objectOf<StoredState>({
  ...isTargetState.fields,
  contests: optional(isTargetState.fields.contests),
});

/** The state of a row. Throws an OperationalError that names its target where it was altered by hand. */
export function readStateBody(body: string, target: string): TargetState {
  const state = readStoredJson(body, target, isStoredState);
  return { ...state, contests: state.contests ?? [] };
}
