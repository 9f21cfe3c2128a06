import { readFileSync } from "node:fs";
import { pino } from "pino";
import { openLogStream } from "../../daemon/logging/open-log-stream.ts";
import { DEFAULT_SIMULATION } from "../../embedded/model/simulate-data-plane.ts";
import { type ServedControlPlane, type ServeOptions, serveControlPlane } from "../../embedded/serve-control-plane.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Generation } from "../../model/objects/live.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument } from "../output/show-result.ts";
import { untilEnding } from "../targets/on-ending.ts";

/** Options of `poolkeeper control-plane`; what is left out is off. */
export interface ControlPlaneOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly generation: Generation;
  readonly org: string;
  /** Folder that keeps the state. */
  readonly data?: string | undefined;
  /** Bearer token that requests must send. */
  readonly token?: string | undefined;
  /** Files with certificate and key, PEM; one needs the other. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** Simulates the data plane. */
  readonly simulate?: boolean;
  /** 0 picks a free port. */
  readonly adminPort?: number | undefined;
}

/**
 * Serves the embedded control plane until SIGTERM or SIGINT, then ends it cleanly and gives the exit code 0. The first line
 * on stdout is `{"url","admin_url","flyteadmin_url","generation","org","pid"}`, printed when it is ready; logs go to stderr.
 * Throws an OperationalError where it cannot be served.
 */
export async function runControlPlane(options: ControlPlaneOptions): Promise<number> {
  const log = pino({ name: "control-plane" }, openLogStream(2, false));
  const served = await serveControlPlane(toServeOptions(options));
  showDocument(`${JSON.stringify(describe(served, options))}\n`);
  log.info(
    { url: served.url, admin_url: served.adminUrl, generation: options.generation, org: options.org },
    "serving",
  );
  const signal = await untilEnding(["SIGTERM", "SIGINT"]);
  log.info({ signal }, "ending");
  await served.close();
  return EXIT.ok;
}

function describe(served: ServedControlPlane, { generation, org }: ControlPlaneOptions) {
  const { url, adminUrl } = served;
  return { url, admin_url: adminUrl, flyteadmin_url: url, generation, org, pid: process.pid };
}

function toServeOptions(options: ControlPlaneOptions): ServeOptions {
  const { port, generation, org, data, token, adminPort } = options;
  const tls = readTls(options);
  return {
    port,
    generation,
    org,
    ...(data !== undefined && { data }),
    ...(token !== undefined && { token }),
    ...(adminPort !== undefined && { adminPort }),
    ...(options.simulate === true && { simulation: DEFAULT_SIMULATION }),
    ...(tls !== undefined && { tls }),
  };
}

function readTls({ tlsCert, tlsKey }: ControlPlaneOptions): ServeOptions["tls"] {
  if (tlsCert === undefined && tlsKey === undefined) {
    return undefined;
  }
  if (tlsCert === undefined || tlsKey === undefined) {
    throw usage("--tls-cert and --tls-key require each other: pass both or neither.");
  }
  return { cert: readPem(tlsCert), key: readPem(tlsKey) };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationalError("unreadable_file", `${file} can't be read: ${reason}. Check the path.`, {
      next: "stop",
      cause,
    });
  }
}
