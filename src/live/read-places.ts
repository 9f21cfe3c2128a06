import pLimit from "p-limit";
import type { SettingsReader } from "../control-plane/reader.ts";
import type { Sink } from "../delivery/sink.ts";
import { maskSecrets } from "../flyte-clusters/find-secrets.ts";
import { isRenderedFrom } from "../flyte-clusters/rendered-file.ts";
import type { FlyteadminReader } from "../flyteadmin/reader.ts";
import { ATTRIBUTES_KINDS } from "../model/attributes.ts";
import type { TextFile } from "../model/desired.ts";
import type { DeliveredFiles, LiveFlyteadmin, LivePlaces, ScopedSettings, SystemStatus } from "../model/live.ts";
import { UNION_ONLY } from "../model/live.ts";
import { OperationalError } from "../model/operational-error.ts";
import { formatScope, type SettingsScope } from "../model/settings.ts";

/** What can be read beside pools, clusters and queues; null: that system was not named. */
export interface PlaceReaders {
  readonly settings: SettingsReader | null;
  readonly flyteadmin: FlyteadminReader | null;
  readonly delivery: Pick<Sink, "place" | "readDelivered"> | null;
}

/** Where to look: there is no list of scopes, and none of what was delivered. */
export interface PlacesToRead {
  /** Beside the organization, which is always looked at. */
  readonly scopes: readonly SettingsScope[];
  /** Whether every domain of every project of flyteadmin is looked at too. */
  readonly every_project: boolean;
  readonly deliveries: readonly DeliveryToRead[];
}

/** The files of one FlyteClusters object. */
export interface DeliveryToRead {
  readonly name: string;
  /** Read whatever they hold. */
  readonly paths: readonly string[];
  /** Delivered once, and not wanted any more: read only as long as they say that they were rendered from the object. */
  readonly former: readonly string[];
}

/** Scopes that are asked for at the same time. */
const SCOPES_AT_ONCE = 16;

/** Reads settings, flyteadmin and delivered files side by side. Throws an OperationalError where a system that was named fails. */
export async function readPlaces(readers: PlaceReaders, wanted: PlacesToRead): Promise<LivePlaces> {
  const flyteadmin = readFlyteadmin(readers.flyteadmin);
  const [known, settings, delivered] = await Promise.all([
    flyteadmin,
    readSettings(readers.settings, wanted, flyteadmin),
    readDelivered(readers.delivery, wanted),
  ]);
  return {
    systems: {
      union: "read",
      settings: settings.status,
      flyteadmin: readers.flyteadmin === null ? "absent" : "read",
      delivery: readers.delivery === null ? "absent" : "read",
    },
    settings: settings.records,
    refused_scopes: settings.refused,
    flyteadmin: known,
    delivery: readers.delivery?.place ?? null,
    delivered,
  };
}

async function readFlyteadmin(reader: FlyteadminReader | null): Promise<LiveFlyteadmin> {
  if (reader === null) return UNION_ONLY.flyteadmin;
  const [projects, domains, ...rows] = await Promise.all([
    reader.listProjects(),
    reader.listDomains(),
    ...ATTRIBUTES_KINDS.map((kind) => reader.listRows(kind)),
  ]);
  return { endpoint: reader.endpoint, projects, domains, rows: rows.flat() };
}

interface ReadSettings {
  readonly status: SystemStatus;
  readonly records: readonly ScopedSettings[];
  readonly refused: readonly SettingsScope[];
}

/**
 * The organization first: it tells whether there are settings at all. That someone may not see what stands in a scope which only
 * flyteadmin's projects suggest is no reason to fail: it is told as not looked at.
 */
async function readSettings(
  reader: SettingsReader | null,
  { scopes, every_project }: PlacesToRead,
  flyteadmin: Promise<LiveFlyteadmin>,
): Promise<ReadSettings> {
  if (reader === null) return { status: "absent", records: [], refused: [] };
  const read = async (scope: SettingsScope) => ({ scope, ...(await reader.getSettings(scope)) });
  const organization = { domain: null, project: null };
  const first = await read(organization).catch(explainRefusal);
  if (typeof first === "string") return { status: first, records: [], refused: [] };
  const suggested = every_project ? listProjectScopes(await flyteadmin) : [];
  const others = new Map([...suggested, ...scopes].map((scope) => [formatScope(scope), scope]));
  others.delete(formatScope(organization));
  const named = new Set(scopes.map(formatScope));
  const limit = pLimit(SCOPES_AT_ONCE);
  const readOther = (scope: SettingsScope) =>
    read(scope).catch((error: unknown) => {
      if (named.has(formatScope(scope)) || !isAboutScope(error)) throw error;
      return scope;
    });
  const rest = await Promise.all([...others.values()].map((scope) => limit(() => readOther(scope))));
  return {
    status: "read",
    records: [first, ...rest.filter((one) => "values" in one)].sort(compareScopes),
    refused: rest.flatMap((one) => ("values" in one ? [] : [one])),
  };
}

/** Whether a refusal is about the scope that was asked for, not about settings as such. */
function isAboutScope(error: unknown): boolean {
  const codes = ["permission_denied", "not_found", "invalid_argument"];
  return error instanceof OperationalError && codes.includes(error.code);
}

function explainRefusal(error: unknown): SystemStatus {
  if (error instanceof OperationalError && error.code === "unimplemented") return "absent";
  if (error instanceof OperationalError && error.code === "permission_denied") return "unreadable";
  throw error;
}

function listProjectScopes({ projects }: LiveFlyteadmin): readonly SettingsScope[] {
  const active = projects.filter(({ state }) => state === "active");
  const domains = new Set(active.flatMap((project) => project.domains));
  return [
    ...[...domains].map((domain) => ({ domain, project: null })),
    ...active.flatMap((project) => project.domains.map((domain) => ({ domain, project: project.id }))),
  ];
}

function compareScopes({ scope: left }: ScopedSettings, { scope: right }: ScopedSettings): number {
  return formatScope(left) < formatScope(right) ? -1 : 1;
}

async function readDelivered(
  reader: PlaceReaders["delivery"],
  { deliveries }: PlacesToRead,
): Promise<readonly DeliveredFiles[]> {
  if (reader === null || deliveries.length === 0) return [];
  const files = await reader.readDelivered([
    ...new Set(deliveries.flatMap(({ paths, former }) => [...paths, ...former])),
  ]);
  // Someone may have written a credential into a file: it is neither shown nor saved.
  const masked = files.map(({ path, text }) => ({ path, text: maskSecrets(text) }));
  return deliveries.map(({ name, paths, former }) => {
    const isOurs = (file: TextFile) =>
      paths.includes(file.path) || (former.includes(file.path) && isRenderedFrom(name, file));
    return { name, files: masked.filter(isOurs) };
  });
}
