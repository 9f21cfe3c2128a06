import { createClient, type Transport } from "@connectrpc/connect";
import pLimit from "p-limit";
import { readLive } from "../src/reconcile/live/read-live.ts";
import { createTransport } from "../src/systems/control-plane/create-transport.ts";
import { ClusterService } from "../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { openControlPlane } from "../src/systems/control-plane/open-control-plane.ts";
import { resolveConnection } from "../src/systems/control-plane/resolve-connection.ts";
import { type Figure, measure } from "./figure.ts";

const PAGE_SIZES = [100, 1000] as const;
const GETS = 1_000;

type ReadPage = (limit: number, token: string) => Promise<string>;

/** Reads a served world over HTTP in several ways, after a first reading that warms both sides up. */
export async function measureReading(url: string, size: number): Promise<readonly Figure[]> {
  const connection = resolveConnection({ flags: { endpoint: url, org: "acme" }, env: {}, homeDir: "/nonexistent" });
  const { transport, close } = createTransport(connection);
  const controlPlane = openControlPlane(connection);
  const figures: Figure[] = [];
  try {
    figures.push(await measure("read live state, first time", size, size, () => readLive(controlPlane.reader)));
    figures.push(await measure("read live state, again", size, size, () => readLive(controlPlane.reader)));
    for (const limit of PAGE_SIZES) {
      const lists = listPages(transport);
      const name = `list all, pages of ${limit}`;
      figures.push(
        await measure(`${name}, one list after the other`, size, size, async () => {
          for (const list of lists) await walk(list, limit);
        }),
      );
      figures.push(
        await measure(`${name}, the lists side by side`, size, size, () =>
          Promise.all(lists.map((list) => walk(list, limit))),
        ),
      );
    }
    const names = (await controlPlane.reader.listQueues("live")).slice(0, GETS).map(({ name }) => name);
    for (const parallel of [1, 4, 16]) {
      const limit = pLimit(parallel);
      figures.push(
        await measure(`get single queues, ${parallel} at once`, size, names.length, () =>
          Promise.all(names.map((name) => limit(() => controlPlane.reader.getQueue(name)))),
        ),
      );
    }
    return figures;
  } finally {
    await controlPlane.close();
    await close();
  }
}

function listPages(transport: Transport): readonly ReadPage[] {
  const pools = createClient(ClusterPoolService, transport);
  const clusters = createClient(ClusterService, transport);
  const queues = createClient(QueueService, transport);
  const ask = (limit: number, token: string) => ({ organization: "acme", request: { limit, token } });
  return [
    async (limit, token) => (await pools.list(ask(limit, token))).token,
    async (limit, token) => (await clusters.listClusters(ask(limit, token))).token,
    async (limit, token) => (await queues.listQueues(ask(limit, token))).token,
  ];
}

async function walk(readPage: ReadPage, limit: number): Promise<void> {
  for (let token = await readPage(limit, ""); token !== ""; token = await readPage(limit, token));
}
