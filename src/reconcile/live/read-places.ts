import pLimit from "p-limit";
import { ATTRIBUTES_KINDS, type AttributesKind, type Kind } from "../../kinds/registry.ts";
import { isRenderedFrom } from "../../manifests/flyte-clusters/rendered-file.ts";
import { formatAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { formatForget } from "../../model/ledger/former-place.ts";
import { nameRow, parseAttributesScope } from "../../model/objects/attributes.ts";
import type { TextFile } from "../../model/objects/desired.ts";
import type {
  DeliveredFiles,
  LiveFlyteadmin,
  LivePlaces,
  ScopedSettings,
  SystemStatus,
} from "../../model/objects/live.ts";
import { UNION_ONLY } from "../../model/objects/live.ts";
import { formatScope, type SettingsScope } from "../../model/objects/settings.ts";
import {
  compareScopes,
  isReadable,
  NO_RIGHT,
  readScope,
  SCOPES_AT_ONCE,
} from "../../systems/control-plane/read-scope.ts";
import type { SettingsReader } from "../../systems/control-plane/reader.ts";
import type { Sink } from "../../systems/delivery/sink.ts";
import type { FlyteadminReader } from "../../systems/flyteadmin/flyteadmin-reader.ts";
import { type KnownObject, requireGone } from "./require-gone.ts";

/** What can be read beside pools, clusters and queues; null: that system was not named. */
export interface PlaceReaders {
  readonly settings: SettingsReader | null;
  readonly flyteadmin: FlyteadminReader | null;
  readonly delivery: Pick<Sink, "place" | "name" | "readDelivered" | "isEmpty"> | null;
}

/** Where to look: there is no list of scopes, and none of what was delivered. */
export interface PlacesToRead {
  /** Beside the organization, which is always looked at. */
  readonly scopes: readonly SettingsScope[];
  /** Whether every domain of every project of flyteadmin is looked at too. */
  readonly every_project: boolean;
  readonly deliveries: readonly DeliveryToRead[];
  /** What is on record as being there, by the names there: no list is taken at its word that it is not. Left out: nothing. */
  readonly known?: readonly KnownObject[];
}

/** The files of one FlyteClusters object. */
export interface DeliveryToRead {
  readonly name: string;
  /** Read in any case. */
  readonly paths: readonly string[];
  /** Delivered once, and not wanted any more: read only as long as they say that they were rendered from the object. */
  readonly former: readonly string[];
  /** The same, where another object's files are wanted by now. */
  readonly taken?: readonly string[];
  /** Whether files of it are on record as being there. */
  readonly is_recorded?: boolean;
}

/** Reads settings, flyteadmin and delivered files side by side. Throws an OperationalError where a system that was named fails. */
export async function readPlaces(readers: PlaceReaders, wanted: PlacesToRead): Promise<LivePlaces> {
  const flyteadmin = readFlyteadmin(readers.flyteadmin, wanted.known ?? []);
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
    unreadable_scopes: settings.unreadable,
    scope_list: "unread",
    flyteadmin: known,
    delivery: readers.delivery?.place ?? null,
    delivered,
  };
}

function isAttributesKind(kind: Kind): kind is AttributesKind {
  return ATTRIBUTES_KINDS.some((known) => known === kind);
}

async function readFlyteadmin(reader: FlyteadminReader | null, known: readonly KnownObject[]): Promise<LiveFlyteadmin> {
  if (reader === null) return UNION_ONLY.flyteadmin;
  const [projects, domains, ...rows] = await Promise.all([
    reader.listProjects(),
    reader.listDomains(),
    ...ATTRIBUTES_KINDS.map((kind) => reader.listRows(kind)),
  ]);
  const there = new Set(rows.flat().map(nameRow));
  await requireGone(
    known.filter(({ kind, name }) => isAttributesKind(kind) && !there.has(formatAddress(kind, name))),
    async ({ kind, name }) =>
      isAttributesKind(kind) && (await reader.readRow(kind, parseAttributesScope(name))) !== undefined,
  );
  return { endpoint: reader.endpoint, projects, domains, rows: rows.flat() };
}

interface ReadSettings {
  readonly status: SystemStatus;
  readonly records: readonly ScopedSettings[];
  readonly unreadable: readonly SettingsScope[];
}

/** The organization first: it shows whether there are settings at all. A token may have the right to read some scopes only. */
async function readSettings(
  reader: SettingsReader | null,
  { scopes, every_project }: PlacesToRead,
  flyteadmin: Promise<LiveFlyteadmin>,
): Promise<ReadSettings> {
  if (reader === null) return NO_SETTINGS;
  const organization = { domain: null, project: null };
  const first = await readScope(reader.getSettings, organization).catch(explainAbsence);
  if (first === null) return NO_SETTINGS;
  const suggested = every_project ? listProjectScopes(requireFewScopes(await flyteadmin)) : [];
  const others = new Map([...scopes, ...suggested].map((scope) => [formatScope(scope), scope]));
  others.delete(formatScope(organization));
  const named = new Set(scopes.map(formatScope));
  const limit = pLimit(SCOPES_AT_ONCE);
  const rest = await Promise.all(
    [...others.values()].map((scope) =>
      limit(() => readScope(reader.getSettings, scope, named.has(formatScope(scope)) ? NO_RIGHT : REFUSALS)),
    ),
  );
  const answers = [first, ...rest].sort(compareScopes);
  const records = answers.filter(isReadable);
  const unreadable = answers.filter((answer) => !isReadable(answer)).map(({ scope }) => scope);
  return { status: records.length === 0 ? "unreadable" : "read", records, unreadable };
}

const NO_SETTINGS: ReadSettings = { status: "absent", records: [], unreadable: [] };

/** What refuses a scope that only flyteadmin's projects suggest: that it is not there, or has too much, is no reason to fail either. */
const REFUSALS: readonly string[] = [...NO_RIGHT, "not_found", "invalid_argument", "answer_too_large"];

function explainAbsence(error: unknown): null {
  if (error instanceof OperationalError && error.code === "unimplemented") return null;
  throw error;
}

/** Each of them is requested: a flyteadmin that makes them up would keep a pass busy indefinitely. */
const MOST_PROJECT_SCOPES = 100_000;

function requireFewScopes(flyteadmin: LiveFlyteadmin): LiveFlyteadmin {
  const count = flyteadmin.projects.reduce((sum, { domains }) => sum + domains.length, 0);
  if (count <= MOST_PROJECT_SCOPES) return flyteadmin;
  const message = `flyteadmin at ${flyteadmin.endpoint} lists ${count} domains of projects; settings are read in ${MOST_PROJECT_SCOPES} at most. Check that the endpoint is correct.`;
  throw new OperationalError("list_too_long", message, { next: "stop" });
}

function listProjectScopes({ projects }: LiveFlyteadmin): readonly SettingsScope[] {
  const active = projects.filter(({ state }) => state === "active");
  const domains = new Set(active.flatMap((project) => project.domains));
  return [
    ...[...domains].map((domain) => ({ domain, project: null })),
    ...active.flatMap((project) => project.domains.map((domain) => ({ domain, project: project.id }))),
  ];
}

async function readDelivered(
  reader: PlaceReaders["delivery"],
  { deliveries }: PlacesToRead,
): Promise<readonly DeliveredFiles[]> {
  if (reader === null || deliveries.length === 0) return [];
  const files = await reader.readDelivered([
    ...new Set(deliveries.flatMap(({ paths, former, taken = [] }) => [...paths, ...former, ...taken])),
  ]);
  const recorded = deliveries.filter(({ is_recorded }) => is_recorded === true).map(({ name }) => name);
  if (files.length === 0 && recorded.length > 0 && (await reader.isEmpty())) throw explainEmptyPlace(reader, recorded);
  return deliveries.map(({ name, paths, former, taken = [] }) => {
    const isOurs = (file: TextFile) =>
      paths.includes(file.path) || (former.includes(file.path) && isRenderedFrom(name, file));
    const left = files.filter((file) => taken.includes(file.path) && isRenderedFrom(name, file));
    return { name, files: files.filter(isOurs), ...(left.length > 0 && { left }) };
  });
}

/** Only people can distinguish a place that was abandoned on purpose from one that is not mounted. */
function explainEmptyPlace({ place, name }: Pick<Sink, "place" | "name">, names: readonly string[]): OperationalError {
  const [first, ...others] = names.map((object) => formatAddress("flyte_clusters", object));
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const message = `${place} is missing or empty, but files of ${first}${more} were delivered there. Mount or restore it. If it was emptied on purpose, drop its records: \`${formatForget(name)}\`.`;
  return new OperationalError("delivery_missing", message, { next: "wait" });
}
