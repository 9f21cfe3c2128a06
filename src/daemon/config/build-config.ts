import { resolve } from "node:path";
import { resolveAllowed } from "../../model/daemon/allowed-references.ts";
import type {
  ControlPlaneConfig,
  DaemonConfig,
  HttpConfig,
  NotificationConfig,
  StoreConfig,
  TargetConfig,
} from "../../model/daemon/daemon-config.ts";
import { isRepositoryAddress } from "../../systems/git/remote-address.ts";
import { parseEndpoint } from "../../systems/http/parse-endpoint.ts";
import { DEFAULT_MAX_OBJECTS } from "../../systems/http/read-budget.ts";
import { buildDrift, buildPolicy } from "./build-policy.ts";
import { buildSource } from "./build-source.ts";
import type { ConfigFile, ControlPlaneInFile, HttpInFile, NotificationInFile, TargetInFile } from "./config-file.ts";
import { parseListen } from "./parse-listen.ts";
import { readBytes, readMilliseconds, readOptionalReference, readPath, readReference } from "./read-values.ts";

/** The configuration of a file that is valid: with every default filled in, and paths made absolute from its folder. */
export function buildConfig(file: ConfigFile, folder: string): DaemonConfig {
  return {
    targets: file.targets.map((target) => buildTarget(target, file, folder)),
    store: buildStore(file.store, folder),
    http: buildHttp(file.http ?? {}, folder),
    notifications: (file.notifications ?? []).map((receiver) => buildNotification(receiver, folder)),
    retention: {
      keep_ms: readMilliseconds(file.retention?.keep, "90d"),
      changes_ms: readMilliseconds(file.retention?.changes, "365d"),
      passes: file.retention?.passes ?? 1000,
    },
  };
}

function buildTarget(target: TargetInFile, file: ConfigFile, folder: string): TargetConfig {
  return {
    name: target.name,
    source: buildSource(target, folder),
    control_plane: buildControlPlane(target.control_plane, folder),
    policy: buildPolicy(file.policy ?? {}, target.policy ?? {}),
    drift: buildDrift(file.drift ?? {}, target.drift ?? {}),
    lease: { ttl_ms: readMilliseconds(file.lease?.ttl, "12s") },
    sensitive: [...(file.sensitive ?? []), ...(target.sensitive ?? [])],
    references: {
      env: target.references?.env ?? [],
      files: (target.references?.files ?? []).map((path) => resolveAllowed(folder, path)),
    },
  };
}

function buildControlPlane(plane: ControlPlaneInFile, folder: string): ControlPlaneConfig {
  const { endpoint, flyteadmin, deliver, insecure = false } = plane;
  const address = (text: string) => parseEndpoint(text, { insecure, source: "the configuration" });
  return {
    endpoint: endpoint === undefined ? "" : address(endpoint),
    org: plane.org ?? "",
    generation: plane.generation ?? null,
    token: readOptionalReference(plane.token, folder),
    api_key: readOptionalReference(plane.api_key, folder),
    ca_file: readPath(plane.ca_file, folder),
    insecure,
    timeout_ms: readMilliseconds(plane.timeout, "30s"),
    write_timeout_ms: readMilliseconds(plane.write_timeout ?? plane.timeout, "10s"),
    max_objects: plane.max_objects ?? DEFAULT_MAX_OBJECTS,
    flyteadmin:
      flyteadmin === undefined
        ? null
        : { endpoint: address(flyteadmin.endpoint), token: readOptionalReference(flyteadmin.token, folder) },
    deliver: deliver === undefined || isRepositoryAddress(deliver) ? (deliver ?? null) : resolve(folder, deliver),
    deliver_max_bytes: readBytes(plane.deliver_max_size, "512Mi"),
    scopes: plane.scopes ?? [],
  };
}

function buildStore(store: ConfigFile["store"], folder: string): StoreConfig {
  const url = readOptionalReference(store?.database_url, folder);
  return url === null
    ? { kind: "directory", path: resolve(folder, store?.directory ?? "data") }
    : { kind: "database", url };
}

function buildHttp(http: HttpInFile, folder: string): HttpConfig {
  const { host, port } = parseListen(http.listen ?? "127.0.0.1:8090") ?? { host: "127.0.0.1", port: 8090 };
  return {
    host,
    port,
    public_url:
      http.public_url === undefined
        ? null
        : parseEndpoint(http.public_url, { insecure: true, source: "http.public_url" }),
    hosts: (http.hosts ?? []).map((name) => name.toLowerCase()),
    read: http.read ?? "open",
    tokens: (http.tokens ?? []).map(({ name, role, secret }) => ({
      name,
      role,
      secret: readReference(secret, folder),
    })),
    trusted_proxies: http.trusted_proxies ?? [],
    requests_per_minute: http.requests_per_minute ?? 300,
  };
}

function buildNotification(receiver: NotificationInFile, folder: string): NotificationConfig {
  return {
    name: receiver.name,
    type: receiver.type,
    url: readReference(receiver.url, folder),
    secret: readOptionalReference(receiver.secret, folder),
    events: receiver.events ?? [],
    targets: receiver.targets ?? [],
    template: receiver.template ?? null,
  };
}
