import { createClient } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { describeScope, type SettingsScope } from "../../model/objects/settings.ts";
import { SettingsService } from "./gen/flyteidl2/settings/settings_pb.js";
import type { Wire } from "./list-records.ts";
import { readSettingsRecord } from "./read-settings.ts";
import { encodeScope, mergeSettings } from "./settings-codec.ts";
import type { SettingsWriter } from "./writer.ts";

/** Refusals that a server may give to the loser of a race, beside `aborted`. */
const MAYBE_LOST: readonly string[] = ["already_exists", "failed_precondition", "not_found"];

/**
 * The writes of settings. An update is put onto a fresh read, so that what we do not know of the record is kept. The version
 * guards both: the fresh read must have it, and the server checks it again.
 */
export function createSettingsWriter(wire: Wire): SettingsWriter {
  const settings = createClient(SettingsService, wire.transport);
  const { caller, org } = wire;
  return {
    writeSettings: async (scope, values, version) => {
      const key = encodeScope(org, scope);
      const record = await readSettingsRecord(settings, wire, scope);
      checkVersion(scope, version, `${record?.version ?? 0n}`);
      const request = { key, settings: mergeSettings(values, record?.settings) };
      const write =
        version === "0"
          ? caller.write("SettingsService/CreateSettings", (options) => settings.createSettings(request, options))
          : caller.write("SettingsService/UpdateSettings", (options) =>
              settings.updateSettings({ ...request, version: BigInt(version) }, options),
            );
      await write.catch(async (error: unknown) => {
        if (error instanceof OperationalError && MAYBE_LOST.includes(error.code)) {
          const now = await readSettingsRecord(settings, wire, scope);
          checkVersion(scope, version, `${now?.version ?? 0n}`, error);
        }
        throw error;
      });
    },
  };
}

function checkVersion(scope: SettingsScope, expected: string, found: string, cause?: unknown): void {
  if (found === expected) return;
  throw new OperationalError(
    "aborted",
    `the settings of ${describeScope(scope)} were changed by another writer: version ${expected} was read, ${found} is current. Plan again.`,
    { next: "retry", cause },
  );
}
