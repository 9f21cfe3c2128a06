import { X509Certificate } from "node:crypto";
import type { Dispatcher } from "undici";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { createDispatcher } from "../../systems/http/create-dispatcher.ts";
import { readHttpProxies } from "../../systems/http/read-http-proxies.ts";

/**
 * Connections to a forge: kept alive, through the proxies that the environment names, except to loopback. `ca`: certificates in PEM
 * to trust beside the usual ones; an OperationalError `forge_unreachable` where they are none. Answers are not limited in time here;
 * that belongs to the calls.
 */
export function createForgeDispatcher(url: URL, ca: string | null, timeoutMs: number): Dispatcher {
  if (ca !== null) requireCertificate(url, ca);
  const proxy = readHttpProxies(process.env);
  return createDispatcher({ hostname: url.hostname, ca, skipVerify: false, proxy, timeoutMs });
}

function requireCertificate(url: URL, pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    const message = `The trusted certificates of ${url.host} can't be parsed; use a PEM file with certificates.`;
    throw new OperationalError("forge_unreachable", message, { next: "stop", cause });
  }
}
