import type { JsonValue } from "@bufbuild/protobuf";
import type { SettingValue, SettingValues } from "../../model/objects/settings.ts";
import { mergeSettings } from "../../systems/control-plane/settings-codec.ts";
import type { Change, State } from "../state/state.ts";
import { AdminRequestError, type MutateRequest } from "./admin-requests.ts";

/** The changes of an out-of-band mutation of a scope's settings: no rule applies, but the result must be encodable on the wire. */
export function mutateSettings(state: State, request: MutateRequest): readonly Change[] {
  const { op, name } = request;
  if (!/^([^/]+(\/[^/]+)?)?$/.test(name)) {
    throw new AdminRequestError(`"${name}" is no scope; name "", "DOMAIN" or "DOMAIN/PROJECT"`);
  }
  const existing = state.setting.rows.get(name);
  if ((op === "create") === (existing !== undefined)) {
    throw new AdminRequestError(`settings "${name}" ${op === "create" ? "exist already" : "do not exist"}`);
  }
  if (op === "delete") {
    return [{ table: "setting", key: name, record: null }];
  }
  const own = request.path === undefined ? {} : { [request.path]: request.value ?? null };
  const values = mergeValues(existing?.values ?? {}, { ...request.object, ...own });
  const record = { scope: name, version: (existing?.version ?? 0) + 1, values };
  return [{ table: "setting", key: name, record }];
}

/** Sets the keys; null removes one. Throws an OperationalError for a key that the wire does not have. */
function mergeValues(before: SettingValues, set: Readonly<Record<string, JsonValue>>): SettingValues {
  const all = Object.entries<JsonValue>({ ...before, ...set });
  // The type is unchecked here: encoding validates it.
  const values = Object.fromEntries(all.filter(([, value]) => value !== null)) as Record<string, SettingValue>;
  mergeSettings(values);
  return values;
}
