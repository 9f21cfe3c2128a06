import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ProxySettings } from "./create-dispatcher.ts";
import { requireProxies } from "./environment-proxies.ts";
import { DEFAULT_MAX_OBJECTS } from "./read-budget.ts";

/** How any server is reached. */
export interface TransportSettings {
  /** PEM file with further certificate authorities; null: only those the system trusts. */
  readonly caFile: string | null;
  /** True: the server's certificate is not checked. */
  readonly skipVerify: boolean;
  /** True: secrets may travel over plain HTTP to hosts other than loopback. */
  readonly insecure: boolean;
  readonly proxy: ProxySettings;
  /** Longest wait for the answer of one call that reads, in milliseconds. */
  readonly timeoutMs: number;
  /** The same for one that writes: so long may a write of a process that was killed be under way. */
  readonly writeTimeoutMs: number;
  /** How many objects a list may have at most. */
  readonly maxObjects: number;
}

/** What the command line says about it; what is left out comes from elsewhere. */
export interface TransportFlags {
  /** PEM file with further certificate authorities. */
  readonly caFile?: string | undefined;
  /** Plain HTTP is allowed to any host. */
  readonly insecure?: boolean | undefined;
  /** Certificates are not checked. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** Longest wait for one answer, in milliseconds. Default {@link DEFAULT_TIMEOUT_MS}. */
  readonly timeoutMs?: number | undefined;
  /** The same for a write. Default: `timeoutMs` where that is given, else {@link DEFAULT_WRITE_TIMEOUT_MS}. */
  readonly writeTimeoutMs?: number | undefined;
  /** How many objects a list may have at most. Default {@link DEFAULT_MAX_OBJECTS}. */
  readonly maxObjects?: number | undefined;
  /** Default: those that the environment names. */
  readonly proxy?: ProxySettings | undefined;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Longest wait for the answer of one call that reads, by default: 30 s. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * The same for a write: 10 s. It is shorter, because the successor of a killed process waits for so long; a write without an answer is
 * settled by reading.
 */
export const DEFAULT_WRITE_TIMEOUT_MS = 10_000;

/**
 * The settings by flags, then `POOLKEEPER_*`; proxies are where curl has them. Throws an OperationalError `max_objects_invalid` for a
 * `POOLKEEPER_MAX_OBJECTS` that is no number, and `proxy_invalid` for a proxy of the environment that is no URL.
 */
export function readTransportSettings(flags: TransportFlags, env: Environment): TransportSettings {
  return {
    caFile: findFirst(["", flags.caFile], ["", env.POOLKEEPER_CA_FILE])?.value ?? null,
    skipVerify: flags.insecureSkipVerify ?? isTrue(env.POOLKEEPER_INSECURE_SKIP_VERIFY),
    insecure: flags.insecure ?? isTrue(env.POOLKEEPER_INSECURE),
    proxy: flags.proxy ?? readSoundProxies(env),
    timeoutMs: flags.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    writeTimeoutMs: flags.writeTimeoutMs ?? flags.timeoutMs ?? DEFAULT_WRITE_TIMEOUT_MS,
    maxObjects: flags.maxObjects ?? readMaxObjects(env.POOLKEEPER_MAX_OBJECTS),
  };
}

/** A value and where it was found. */
export interface Found {
  readonly value: string;
  readonly source: string;
}

/** The first place whose value is not blank, without the blanks around it; undefined when there is none. */
export function findFirst(
  ...places: readonly (readonly [source: string | undefined, value: string | null | undefined])[]
): Found | undefined {
  const found = places.find(([, value]) => value !== undefined && value !== null && value.trim() !== "");
  return found?.[1] ? { source: found[0] ?? "", value: found[1].trim() } : undefined;
}

/** The lower-case spelling counts first, as in curl. */
export function readProxies(env: Environment): ProxySettings {
  const read = (name: string) => env[name.toLowerCase()] ?? env[name] ?? "";
  return { http: read("HTTP_PROXY"), https: read("HTTPS_PROXY"), none: read("NO_PROXY") };
}

/** Those of another kind, and of the variable that git alone goes by, have to be sound too, and their passwords known: deliveries give them to git. */
function readSoundProxies(env: Environment): ProxySettings {
  requireProxies(env);
  return readProxies(env);
}

function readMaxObjects(text: string | undefined): number {
  if (text === undefined || text.trim() === "") return DEFAULT_MAX_OBJECTS;
  if (/^[1-9][0-9]{0,8}$/.test(text.trim())) return Number(text);
  throw new OperationalError(
    "max_objects_invalid",
    "POOLKEEPER_MAX_OBJECTS is not a number; write, for example, 2000000.",
    {
      next: "stop",
    },
  );
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && ["1", "true", "yes"].includes(text.trim().toLowerCase());
}
