import { BlockList, isIP, type LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { Agent, Dispatcher, EnvHttpProxyAgent } from "undici";
import { lookUpHost } from "./create-lookup.ts";
import { addScheme, requireHttpProxy } from "./environment-proxies.ts";
import { isLoopback } from "./is-loopback.ts";
import { openBoundedPool } from "./open-bounded-pool.ts";
import { openProxyClient } from "./open-proxy-client.ts";
import { readAuthorities } from "./read-authorities.ts";

/** How connections are made. */
export interface DispatcherOptions {
  /** The host that is called, beside those that it leads to; null: any. Where it needs no proxy, one that can't be used is in no one's way. */
  readonly hostname: string | null;
  /** PEM file with further certificate authorities, trusted beside the system's; null or left out: none. */
  readonly caFile?: string | null;
  /** The same as PEM text. */
  readonly ca?: string | null;
  /** True: server certificates are not checked. */
  readonly skipVerify: boolean;
  readonly proxy: ProxySettings;
  /** Longest wait for an answer, in milliseconds: a connection is waited for no longer, and at most 10 s. */
  readonly timeoutMs: number;
  /** What finds the addresses of a host or proxy. Default: what all connections of this process share. */
  readonly lookup?: LookupFunction;
}

/** Proxies as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name them, also without a scheme; "" is none: calls of that scheme go directly. */
export interface ProxySettings {
  readonly http: string;
  readonly https: string;
  readonly none: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
/** Connections to one host at most; more calls wait for a free one. */
const CONNECTIONS = 64;

/**
 * A pool of keep-alive HTTP/1.1 connections of our own, so that no global state is used and closing it frees everything. Time
 * limits of answers belong to the calls; only connecting is limited here. Throws an OperationalError `ca_file` when the file
 * cannot be read or holds no certificate, and `proxy_invalid` when a proxy is no URL and the host may need one.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { caFile = null, ca = caFile === null ? null : readAuthorities(caFile), lookup = lookUpHost } = options;
  const tls = { rejectUnauthorized: !options.skipVerify, ...addAuthorities(ca) };
  const connect = { ...tls, lookup, timeout: Math.min(CONNECT_TIMEOUT_MS, options.timeoutMs) };
  const common = {
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect,
    factory: openBoundedPool,
  };
  const { none } = options.proxy;
  const [http, https] = [addScheme(options.proxy.http), addScheme(options.proxy.https)];
  const { hostname } = options;
  const networks = readNetworks(none);
  const isDirect = (host: string) => isLoopback(host) || isWithin(networks, host);
  if (http === "" && https === "") return new Agent(common);
  try {
    requireHttpProxy(http, "HTTP_PROXY");
    requireHttpProxy(https, "HTTPS_PROXY");
  } catch (error) {
    if (hostname !== null && isDirect(hostname)) return new Agent(common);
    throw error;
  }
  const clientFactory = (origin: URL, made: object) => openProxyClient(origin, made, connect.timeout);
  const viaProxy = { requestTls: tls, proxyTls: connect, proxyTunnel: true, clientFactory };
  const proxied = new EnvHttpProxyAgent({ ...common, ...viaProxy, httpProxy: http, httpsProxy: https, noProxy: none });
  // By itself undici takes the proxy for HTTP for HTTPS too where that has none; curl, git and Go don't.
  const isPast = (url: URL) => (url.protocol === "https:" && https === "") || isDirect(url.hostname);
  return new SplitDispatcher(proxied, new Agent(common), isPast);
}

/** Calls through proxies, and those that go past them. */
class SplitDispatcher extends Dispatcher {
  readonly #proxied: Dispatcher;
  readonly #direct: Dispatcher;
  readonly #isPast: (url: URL) => boolean;

  constructor(proxied: Dispatcher, direct: Dispatcher, isPast: (url: URL) => boolean) {
    super();
    this.#proxied = proxied;
    this.#direct = direct;
    this.#isPast = isPast;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const chosen = this.#isPast(new URL(String(options.origin))) ? this.#direct : this.#proxied;
    return chosen.dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#proxied.close(), this.#direct.close()]);
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#proxied.destroy(), this.#direct.destroy()]);
  }
}

/** The networks among what `NO_PROXY` lists, such as `10.0.0.0/8`: undici knows names and single addresses. */
function readNetworks(none: string): BlockList {
  const networks = new BlockList();
  for (const entry of none.split(/[,\s]+/)) {
    const [, address = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(entry) ?? [];
    const version = isIP(address);
    if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) continue;
    networks.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
  }
  return networks;
}

/** Names are in no network: they are not resolved for this. */
function isWithin(networks: BlockList, hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const version = isIP(host);
  return version !== 0 && networks.check(host, version === 4 ? "ipv4" : "ipv6");
}

/** A `ca` option replaces Node's own list, so that list is repeated here. */
function addAuthorities(pem: string | null): { ca?: string[] } {
  return pem === null ? {} : { ca: [...getCACertificates("default"), pem] };
}
