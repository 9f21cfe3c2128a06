import type { Fence } from "../../model/fence.ts";
import { createDispatcher } from "../http/create-dispatcher.ts";
import { limitReads } from "../http/read-budget.ts";
import { shareBudget } from "../http/read-pages.ts";
import { type CallSettings, createCaller } from "./call-flyteadmin.ts";
import { createReader } from "./create-flyteadmin-reader.ts";
import { createWriter } from "./create-flyteadmin-writer.ts";
import type { FlyteadminConnection } from "./flyteadmin-connection.ts";
import type { FlyteadminReader } from "./flyteadmin-reader.ts";
import type { FlyteadminWriter } from "./flyteadmin-writer.ts";

/** One flyteadmin, ready to be read and written. */
export interface Flyteadmin {
  readonly reader: FlyteadminReader;
  /** A writer that sends nothing that the fence does not let pass. */
  writerUnder(fence: Fence): FlyteadminWriter;
  /** The same reader, whose reads end immediately when the signal is aborted (`ended_early`), and whose lists share one budget. */
  readerUntil(signal: AbortSignal): FlyteadminReader;
  /** Frees the connections; calls that still run are cut. To be called once, at the end. */
  close(): Promise<void>;
}

/** What is set in tests only. */
export interface FlyteadminOptions extends Omit<CallSettings, "fence"> {
  /** How many projects a page is asked for first. Default 1000. */
  readonly pageLimit?: number;
}

/** Opens a flyteadmin. Nothing is sent before the first call. Throws an OperationalError when the CA file cannot be read. */
export function openFlyteadmin(connection: FlyteadminConnection, options: FlyteadminOptions = {}): Flyteadmin {
  const dispatcher = createDispatcher({ ...connection, hostname: new URL(connection.endpoint).hostname });
  const caller = createCaller(connection, dispatcher, options);
  const { pageLimit } = options;
  const limits = limitReads(connection.maxObjects);
  return {
    reader: createReader(caller, connection.endpoint, { pageLimit, limits }),
    writerUnder: (fence) => createWriter(createCaller(connection, dispatcher, { ...options, fence })),
    readerUntil: (signal) =>
      createReader(createCaller(connection, dispatcher, { ...options, signal }), connection.endpoint, {
        ...shareBudget(limits),
        pageLimit,
      }),
    close: () => dispatcher.destroy(),
  };
}
