import type { ProxySettings } from "./create-dispatcher.ts";
import { type Environment, readProxies } from "./transport-settings.ts";

/** A scheme of a proxy that is no HTTP proxy: git may know it. */
const OTHER_KIND = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//i;

/** The proxies of a daemon's environment: one of another kind than HTTP is for git alone, and all else goes past it. */
export function readHttpProxies(env: Environment): ProxySettings {
  const { http, https, none } = readProxies(env);
  const keep = (proxy: string) => (OTHER_KIND.test(proxy) ? "" : proxy);
  return { http: keep(http), https: keep(https), none };
}

/** What the environment's proxy of another kind means, for the log; null where there is none. */
export function explainOtherProxy(env: Environment): string | null {
  const { http, https } = readProxies(env);
  return [http, https].some((proxy) => OTHER_KIND.test(proxy))
    ? "HTTP_PROXY or HTTPS_PROXY names a proxy of another kind than HTTP, which only git uses: control planes, forges and receivers are called without it. Name an HTTP proxy if they can be reached through one only."
    : null;
}
