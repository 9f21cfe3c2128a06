import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { OperationalError } from "../../model/operational-error.ts";
import { isLoopback } from "../../systems/http/is-loopback.ts";

/**
 * Connections to a forge: kept alive, through the proxies that the environment names, except to loopback. `ca`: certificates in PEM
 * to trust beside the usual ones; an OperationalError `forge_unreachable` where they are none. Answers are not limited in time here;
 * that belongs to the calls.
 */
export function createForgeDispatcher(url: URL, ca: string | null, connectTimeoutMs: number): Dispatcher {
  // A custom list replaces that of Node, so Node's is repeated.
  const tls = ca === null ? {} : { ca: [...getCACertificates("default"), requireCertificate(url, ca)] };
  const settings = { headersTimeout: 0, bodyTimeout: 0, connect: { ...tls, timeout: connectTimeoutMs } };
  if (isLoopback(url.hostname)) return new Agent(settings);
  return new EnvHttpProxyAgent({ ...settings, requestTls: tls, proxyTls: tls, proxyTunnel: true });
}

function requireCertificate(url: URL, pem: string): string {
  try {
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    const message = `The trusted certificates of ${url.host} can't be parsed; use a PEM file with certificates.`;
    throw new OperationalError("forge_unreachable", message, { next: "stop", cause });
  }
}
