import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { lookUpHost } from "./create-lookup.ts";
import { isLoopback } from "./is-loopback.ts";
import { openBoundedPool } from "./open-bounded-pool.ts";
import { openProxyClient } from "./open-proxy-client.ts";
import { readAuthorities } from "./read-authorities.ts";

/** How connections are made. */
export interface DispatcherOptions {
  /** The host that is called; null: any. A loopback host is never reached through a proxy. */
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

/** Proxies as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name them; "" is none. */
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
 * cannot be read or holds no certificate, and `proxy_invalid` when a proxy is no URL.
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
  const { http, https, none } = options.proxy;
  const { hostname } = options;
  if ((http === "" && https === "") || (hostname !== null && isLoopback(hostname))) return new Agent(common);
  requireProxyUrl(http);
  requireProxyUrl(https);
  const clientFactory = (origin: URL, made: object) => openProxyClient(origin, made, connect.timeout);
  const viaProxy = { requestTls: tls, proxyTls: connect, proxyTunnel: true, clientFactory };
  const proxied = new EnvHttpProxyAgent({ ...common, ...viaProxy, httpProxy: http, httpsProxy: https, noProxy: none });
  return hostname === null ? proxied.compose(keepLoopback(new Agent(common))) : proxied;
}

/** Calls of this machine go by `direct`. */
function keepLoopback(direct: Dispatcher): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const isDirect = isLoopback(new URL(String(options.origin)).hostname);
    return isDirect ? direct.dispatch(options, handler) : dispatch(options, handler);
  };
}

/** A `ca` option replaces Node's own list, so that list is repeated here. */
function addAuthorities(pem: string | null): { ca?: string[] } {
  return pem === null ? {} : { ca: [...getCACertificates("default"), pem] };
}

/** The proxy's text is not repeated: it may hold a password. */
function requireProxyUrl(text: string): void {
  if (text === "" || (/^https?:/i.test(text) && URL.canParse(text))) return;
  throw new OperationalError(
    "proxy_invalid",
    "HTTP_PROXY or HTTPS_PROXY is not a URL; write it as http://HOST:PORT or unset it.",
    { next: "stop" },
  );
}
