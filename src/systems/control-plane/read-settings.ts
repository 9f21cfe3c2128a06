import { type Client, createClient } from "@connectrpc/connect";
import type { SettingsScope } from "../../model/objects/settings.ts";
import { readPages } from "../http/read-pages.ts";
import { ProjectService } from "./gen/flyteidl2/project/project_service_pb.js";
import { type SettingsRecord, SettingsService } from "./gen/flyteidl2/settings/settings_pb.js";
import { readCounted, type Wire } from "./list-records.ts";
import type { ProjectsReader, SettingsReader } from "./reader.ts";
import { decodeSettings, encodeScope } from "./settings-codec.ts";

/** The reads of settings. */
export function createSettingsReader(wire: Wire): SettingsReader {
  const settings = createClient(SettingsService, wire.transport);
  return {
    ...createProjectsReader(wire),
    getSettings: async (scope) => {
      const record = await readSettingsRecord(settings, wire, scope);
      return { version: `${record?.version ?? 0n}`, ...decodeSettings(record?.settings) };
    },
  };
}

/**
 * A scope's own record: the answer holds those of the scopes above it too, and leaves out (or gives version 0) what is not
 * there. A record is known by its key, as to the upstream client: one without a key is the organization's.
 */
export async function readSettingsRecord(
  settings: Client<typeof SettingsService>,
  { caller, org }: Wire,
  scope: SettingsScope,
): Promise<SettingsRecord | undefined> {
  const key = encodeScope(org, scope);
  const { levels } = await caller.read("SettingsService/GetSettingsForEdit", (options) =>
    settings.getSettingsForEdit({ key }, options),
  );
  return levels.find(({ key: { domain = "", project = "" } = {} }) => domain === key.domain && project === key.project);
}

/** The reads of projects: all that the server lists, archived ones too where it lists them, since settings of theirs may name a queue. */
function createProjectsReader({ transport, caller, org, reading }: Wire): ProjectsReader {
  const client = createClient(ProjectService, transport);
  const rpc = "ProjectService/ListProjects";
  return {
    listProjects: () =>
      readPages(
        rpc,
        ({ id }) => id,
        (limit, token) =>
          readCounted(caller, rpc, async (options) => {
            const { projects } = await client.listProjects({ limit, token, org }, options);
            const records = (projects?.projects ?? []).map(({ id, domains }) => {
              return { id, domains: domains.map((domain) => domain.id) };
            });
            return { records, token: projects?.token ?? "" };
          }),
        reading,
      ),
  };
}
