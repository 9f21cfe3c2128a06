import { inspect } from "node:util";
import { formatAddress } from "../model/address.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { LiveCluster } from "../model/objects/live.ts";
import { type LiveSettings, nameSettings, type SettingsScope } from "../model/objects/settings.ts";
import { cutForeignList } from "../model/secrets/cut-foreign.ts";
import { maskCredentials } from "../model/secrets/mask-credentials.ts";
import type { ControlPlaneReader, SettingsReader } from "../systems/control-plane/reader.ts";
import type { ControlPlaneWriter, SettingsWriter } from "../systems/control-plane/writer.ts";
import type { Sink } from "../systems/delivery/sink.ts";
import { redactKnownSecrets } from "../systems/http/known-secrets.ts";
import type { Vault } from "./create-vault.ts";
import type { Border } from "./open-border.ts";
import { openSettings, sealSettings } from "./seal-settings.ts";

type UnionReader = ControlPlaneReader & SettingsReader;
type UnionWriter = ControlPlaneWriter & SettingsWriter;

/** A reader that gives sensitive settings sealed, and whose errors and reasons repeat none of them. */
export function sealReader<Reader extends UnionReader>(reader: Reader, vault: Vault): Reader {
  const quoting = redactErrors(reader, vault);
  const seal = (scope: SettingsScope, live: LiveSettings): LiveSettings => {
    const address = formatAddress("settings", nameSettings(reader.org, scope));
    return { ...live, values: sealSettings({ address, scope }, live.values, vault) };
  };
  return {
    ...quoting,
    listClusters: async (scope) => (await quoting.listClusters(scope)).map((cluster) => redactReasons(cluster, vault)),
    getCluster: async (name) => {
      const cluster = await quoting.getCluster(name);
      return cluster === undefined ? undefined : redactReasons(cluster, vault);
    },
    getSettings: async (scope) => seal(scope, await quoting.getSettings(scope)),
    getRoutingSettings: async (scope) => seal(scope, await quoting.getRoutingSettings(scope)),
  };
}

function redactReasons(cluster: LiveCluster, vault: Vault): LiveCluster {
  const reasons = cutForeignList(cluster.unhealthy_reasons, vault.redact);
  return { ...cluster, unhealthy_reasons: reasons.map(maskCredentials) };
}

/** A writer that opens what is sealed right before it is sent, and whose errors repeat nothing of it. */
export function openWriter(writer: UnionWriter, vault: Vault): UnionWriter {
  return {
    ...redactErrors(writer, vault),
    writeSettings: (scope, values, version) =>
      redacted(async () => writer.writeSettings(scope, openSettings(values, vault), version), vault),
  };
}

/** A place of delivered files that gives them sealed and opens what it is to hold. */
export function sealSink(sink: Sink, { vault, owners, sealFiles }: Border): Sink {
  return {
    place: sink.place,
    name: sink.name,
    longestMs: sink.longestMs ?? 0,
    readDelivered: async (paths, signal) => {
      const files = await redacted(() => sink.readDelivered(paths, signal), vault);
      const addressOf = (path: string) =>
        owners.get(path) ?? formatAddress("flyte_clusters", path.split("/", 1)[0] ?? path);
      const texts = await sealFiles(files.map(({ path, text }) => ({ address: addressOf(path), path, text })));
      return files.map(({ path }, index) => ({ path, text: texts[index] ?? "" }));
    },
    isEmpty: (signal) => redacted(() => sink.isEmpty(signal), vault),
    deliver: (delivery, fence) =>
      redacted(async () => {
        const open = <File extends { readonly text: string | null }>(file: File): File => {
          return { ...file, text: file.text === null ? null : vault.openText(file.text) };
        };
        const files = delivery.files.map((file) => {
          const opened = open(file);
          return { ...opened, isSensitive: opened.text !== file.text };
        });
        return sink.deliver({ ...delivery, files, expected: delivery.expected.map(open) }, fence);
      }, vault),
  };
}

/** The same methods, whose errors repeat nothing that was sealed: servers, proxies and commands may say what they were sent. */
export function redactErrors<System extends object>(system: System, vault: Vault): System {
  const methods = Object.entries(system).map(([name, method]: [string, unknown]) => [
    name,
    typeof method === "function"
      ? (...values: readonly unknown[]) => redacted(async () => method(...values), vault)
      : method,
  ]);
  return Object.fromEntries(methods);
}

async function redacted<Result>(call: () => Promise<Result>, vault: Vault): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof OperationalError ? redactError(error, vault) : error;
  }
}

/** A longer cause is left out: it is not looked through. */
const LONGEST_CAUSE = 100_000;

/** Also without the secrets of this process, such as its proxy's password. The text of a cause is not sealed: it is dropped where any part of it is secret. */
function redactError(error: OperationalError, vault: Vault): OperationalError {
  const { code, next, outcomeUnknown, answered, retryAfterMs, cause } = error;
  const redact = (text: string) => redactKnownSecrets(vault.redact(text));
  const message = error.reword(redact);
  const words = inspect(cause);
  const isClean = words.length <= LONGEST_CAUSE && redact(words) === words;
  if (message === error.message && isClean) return error;
  return new OperationalError(code, message, {
    next,
    outcomeUnknown,
    answered,
    retryAfterMs,
    ...(isClean && { cause }),
  });
}
