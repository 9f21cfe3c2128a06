import type { DaemonService } from "../../model/daemon/daemon-service.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { explainListenFailure } from "../../systems/http/explain-listen-failure.ts";
import type { WebOptions } from "./access/web-options.ts";
import { createServer } from "./create-server.ts";

/** A server that listens. */
export interface Serving {
  /** Where it is reached from this machine, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Ends streams and idle connections, lets requests end, and cuts those that take longer than a few seconds. */
  close(): Promise<void>;
}

/** How long requests that run may take to end when the server is closed, in milliseconds. */
const CLOSING_MS = 5_000;

/** Listens on the configured host and port (0: a free one). Rejects with an OperationalError `cannot_listen` where that is not possible. */
export async function serveWeb(service: DaemonService, options: WebOptions): Promise<Serving> {
  const app = createServer(service, options);
  const { host, port } = options.http;
  await app.listen({ host, port }).catch((cause: unknown) => {
    const message = `http.listen: port ${port} of ${host} ${explainListenFailure(cause)}.`;
    throw new OperationalError("cannot_listen", message, { next: "stop", cause });
  });
  const address = app.addresses()[0];
  const listening = typeof address === "object" ? address.port : port;
  return {
    url: `http://${describeHost(host)}:${listening}`,
    port: listening,
    async close() {
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS).unref();
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** What stands for every address of the machine is no address to go to. */
function describeHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
