import { type CallOptions, createClient, type Transport } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { LivePool, LiveResource } from "../../model/objects/live.ts";
import { type Page, type PageReading, readPages } from "../http/read-pages.ts";
import type { Caller } from "./call-control-plane.ts";
import { decodeCluster } from "./cluster-codec.ts";
import { ClusterService } from "./gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "./gen/cloudidl/clusterpool/clusterpool_pb.js";
import { Filter_Function } from "./gen/cloudidl/common/common_pb.js";
import { QueueService } from "./gen/cloudidl/queue/queue_pb.js";
import { decodePool } from "./pool-codec.ts";
import { decodeQueue } from "./queue-codec.ts";
import type { ControlPlaneReader, ListScope } from "./reader.ts";

/** What calls need: where they go, how they are made, and for whom. */
export interface Wire {
  readonly transport: Transport;
  readonly caller: Caller;
  readonly org: string;
  /** What lists may take. */
  readonly reading?: PageReading | undefined;
}

/** The list request of one page; EXISTS has the same number in the filters of pools and clusters and in those of queues. */
interface PageRequest {
  readonly organization: string;
  readonly request: {
    readonly limit: number;
    readonly token: string;
    readonly filters: { function: Filter_Function.EXISTS; field: string }[];
  };
}

/** The lists of a reader. `hasDeleted` is whether the control plane keeps deleted records; without, that scope is empty. */
export function createLists(
  wire: Wire,
  hasDeleted: () => Promise<boolean>,
): Pick<ControlPlaneReader, "listPools" | "listClusters" | "listQueues"> {
  const pools = createClient(ClusterPoolService, wire.transport);
  const clusters = createClient(ClusterService, wire.transport);
  const queues = createClient(QueueService, wire.transport);
  return {
    listPools: (scope) =>
      listRecords(wire, hasDeleted, scope, "ClusterPoolService/List", async (request, options) => {
        const { clusterPools, token } = await pools.list(request, options);
        return { records: decodeAll(clusterPools, decodePool), token };
      }),
    listClusters: (scope) =>
      listRecords(wire, hasDeleted, scope, "ClusterService/ListClusters", async (request, options) => {
        const { clusters: page, token } = await clusters.listClusters(request, options);
        return { records: decodeAll(page, decodeCluster), token };
      }),
    listQueues: (scope) =>
      listRecords(wire, hasDeleted, scope, "QueueService/ListQueues", async (request, options) => {
        const { queues: page, token } = await queues.listQueues(request, options);
        return { records: decodeAll(page, decodeQueue), token };
      }),
  };
}

/** More objects than an answer has room for, unless they are empty: two bytes on the wire are a thousand times as many once they are decoded. */
const MOST_ON_A_PAGE = 20_000;

function decodeAll<Wire, T>(page: readonly Wire[], decode: (record: Wire) => T): readonly T[] {
  if (page.length <= MOST_ON_A_PAGE) return page.map(decode);
  const message = `The control plane gave ${page.length} objects on one page. Check that the endpoint is the right one.`;
  throw new OperationalError("list_too_long", message, { next: "stop" });
}

async function listRecords<T extends LiveResource>(
  { caller, org, reading }: Wire,
  hasDeleted: () => Promise<boolean>,
  scope: ListScope,
  rpc: string,
  readPage: (request: PageRequest, options: CallOptions) => Promise<Page<T>>,
): Promise<readonly T[]> {
  if (scope === "deleted" && !(await hasDeleted())) return [];
  const filters = scope === "deleted" ? [{ function: Filter_Function.EXISTS as const, field: "deleted_at" }] : [];
  const records = await readPages<T>(
    rpc,
    (record) => record.name,
    (limit, token) =>
      readCounted(caller, rpc, (options) =>
        readPage({ organization: org, request: { limit, token, filters } }, options),
      ),
    reading,
  );
  return records.filter((record) => isDeleted(record) === (scope === "deleted"));
}

/** Reads a page, and says what it was decoded from where the transport does. */
export async function readCounted<T>(
  caller: Caller,
  rpc: string,
  readPage: (options: CallOptions) => Promise<Page<T>>,
): Promise<Page<T>> {
  let bytes = 0;
  const onHeader = (header: Headers) => {
    bytes = Number(header.get("content-length") ?? 0);
  };
  const page = await caller.read(rpc, (options) => readPage({ ...options, onHeader }));
  return { ...page, bytes };
}

/** True for a soft-deleted record; one that is still being deleted is live. */
function isDeleted(record: LiveResource): boolean {
  return isPool(record) ? record.deleted : record.state === "deleted";
}
function isPool(record: LiveResource): record is LivePool {
  return record.kind === "cluster_pool";
}
