import { type Client, createClient } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import {
  DEFAULT_QUEUE_KEY,
  describeScope,
  type LiveSettings,
  type SettingsScope,
  type SettingValues,
} from "../../model/objects/settings.ts";
import { countCharacters } from "../http/read-budget.ts";
import { readPages, tooLong } from "../http/read-pages.ts";
import { ProjectService } from "./gen/flyteidl2/project/project_service_pb.js";
import { type SettingsRecord, SettingsService } from "./gen/flyteidl2/settings/settings_pb.js";
import { readCounted, type Wire } from "./list-records.ts";
import type { ProjectsReader, SettingsReader } from "./reader.ts";
import { decodeSettings, encodeScope } from "./settings-codec.ts";

const RPC = "SettingsService/GetSettingsForEdit";

/**
 * The texts of one record, in characters: four times the longest variable that a program can be started with. What is kept of it is looked through for
 * secrets on the thread that all targets share.
 */
const LONGEST_RECORD = 512 * 1024;

/** The same of a queue's name, of which as many are kept as there are scopes: far more than any has. */
const LONGEST_NAME = 1024;

/** The reads of settings. What is kept of all records of a look has a budget together with its lists. */
export function createSettingsReader(wire: Wire): SettingsReader {
  const client = createClient(SettingsService, wire.transport);
  const read = async (
    scope: SettingsScope,
    most: number,
    choose: (values: SettingValues) => SettingValues,
  ): Promise<LiveSettings> => {
    const record = await readSettingsRecord(client, wire, scope);
    const { values, unknown } = decodeSettings(record?.settings);
    const kept = choose(values);
    const characters = countCharacters([kept]);
    if (characters > most) throw tooLarge(scope, characters, most);
    const excess = wire.reading?.shared?.keep(kept) ?? null;
    if (excess !== null) throw tooLong(RPC, excess);
    return { version: `${record?.version ?? 0n}`, values: kept, unknown };
  };
  return {
    ...createProjectsReader(wire),
    getSettings: (scope) => read(scope, LONGEST_RECORD, (values) => values),
    getRoutingSettings: async (scope) => ({ ...(await read(scope, LONGEST_NAME, chooseQueue)), unknown: [] }),
  };
}

function chooseQueue(values: SettingValues): SettingValues {
  const queue = values[DEFAULT_QUEUE_KEY];
  return queue === undefined ? {} : { [DEFAULT_QUEUE_KEY]: queue };
}

function tooLarge(scope: SettingsScope, characters: number, most: number): OperationalError {
  const message = `The settings of ${describeScope(scope)} have ${characters.toLocaleString("en-US")} characters; read are ${most.toLocaleString("en-US")} at most. Shorten them with the upstream CLI.`;
  return new OperationalError("answer_too_large", message, { next: "stop" });
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
  const { levels } = await caller.read(RPC, (options) => settings.getSettingsForEdit({ key }, options));
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
