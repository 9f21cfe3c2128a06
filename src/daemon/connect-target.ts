import { getHeapStatistics } from "node:v8";
import type { ControlPlaneConfig, SecretReference } from "../model/daemon/daemon-config.ts";
import { type OpenTarget, openTarget } from "../reconcile/target.ts";
import type { Connection } from "../systems/control-plane/connection.ts";
import { resolveConnection } from "../systems/control-plane/resolve-connection.ts";
import type { SinkLimits } from "../systems/delivery/create-git-sink.ts";
import { openSink } from "../systems/delivery/open-sink.ts";
import type { FlyteadminConnection } from "../systems/flyteadmin/flyteadmin-connection.ts";
import { resolveFlyteadminConnection } from "../systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { countFitting } from "../systems/http/read-budget.ts";
import { readHttpProxies } from "../systems/http/read-http-proxies.ts";

/** What connecting needs beside the configuration. */
export interface ConnectTools {
  readonly readSecret: (reference: SecretReference) => string;
  /** Below it, clones of output repositories are kept. */
  readonly cacheFolder: string;
}

/**
 * Opens the systems of a target as the configuration has them: of the environment, proxies alone count, and nothing of a user's files. Throws an
 * OperationalError where a secret or a file can't be read.
 */
export function connectTarget(config: ControlPlaneConfig, { readSecret, cacheFolder }: ConnectTools): OpenTarget {
  const reveal = (reference: SecretReference | null) => (reference === null ? undefined : readSecret(reference));
  const transport = {
    caFile: config.ca_file ?? undefined,
    insecure: config.insecure,
    insecureSkipVerify: false,
    // How this machine gets out, as for git and forges.
    proxy: readHttpProxies(process.env),
    timeoutMs: config.timeout_ms,
    writeTimeoutMs: config.write_timeout_ms,
    // A list that does not fit would end the daemon, and with it all other targets.
    maxObjects: Math.min(config.max_objects, countFitting(getHeapStatistics().heap_size_limit)),
  };
  const union = (): Connection => ({
    ...resolveConnection({
      flags: { ...transport, endpoint: config.endpoint, org: config.org, token: reveal(config.token) },
      env: config.api_key === null ? {} : { FLYTE_API_KEY: readSecret(config.api_key) },
      homeDir: NO_HOME,
    }),
    ...(config.generation === null ? {} : { generation: config.generation }),
  });
  const admin = (endpoint: string, token: SecretReference | null): FlyteadminConnection | null =>
    resolveFlyteadminConnection({
      flags: { ...transport, flyteadminEndpoint: endpoint, flyteadminToken: reveal(token) },
      env: {},
    });
  return openTarget({
    union: config.endpoint === "" ? null : union(),
    flyteadmin: config.flyteadmin === null ? null : admin(config.flyteadmin.endpoint, config.flyteadmin.token),
    delivery: config.deliver === null ? null : openSink(config.deliver, cacheFolder, limitSink(config)),
  });
}

/** How long one reading or delivery may take, in milliseconds: a server that never ends it would hold a place of other targets' passes. */
const LONGEST_DELIVERY_MS = 600_000;

function limitSink({ deliver_max_bytes: maxBytes }: ControlPlaneConfig): SinkLimits {
  return { maxBytes, totalMs: LONGEST_DELIVERY_MS };
}

/** No configuration of a user is found there. */
const NO_HOME = "/nonexistent";
