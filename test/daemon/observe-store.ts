import type { TargetOverview } from "../../src/model/daemon/daemon-service.ts";
import type { Status } from "../../src/model/passes/status.ts";
import type { DaemonProcess } from "./start-process.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** What those outside see of the store's health, and of the first target in the list, which is answered without a store too. */
export function observe({ url }: Pick<DaemonProcess, "url">) {
  const get = (path: string, accept = "application/json") =>
    fetch(url + path, { headers: { authorization: `Bearer ${TOKENS.read}`, accept } });
  const target = async (): Promise<TargetOverview> => {
    const { targets } = JSON.parse(await (await get("/api/v1/targets")).text());
    return targets[0];
  };
  return {
    get,
    target,
    isReady: async () => (await get("/readyz")).status === 200,
    isUp: async () => /^poolkeeper_store_up (\d)$/m.exec(await (await get("/metrics")).text())?.[1] === "1",
    status: async (): Promise<Status> => (await target()).status,
    /** Of a metric that one target has. */
    measure: async (name: string): Promise<number> => {
      const text = await (await get("/metrics")).text();
      return Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, "m").exec(text)?.[1]);
    },
  };
}
