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

/** What the environment's proxies of another kind mean, for the log; null where there is none. */
export function explainOtherProxy(env: Environment): string | null {
  const { http, https } = readProxies(env);
  const others = [
    { name: "HTTP_PROXY", scheme: "http://", proxy: http },
    { name: "HTTPS_PROXY", scheme: "https://", proxy: https },
  ].filter(({ proxy }) => OTHER_KIND.test(proxy));
  if (others.length === 0) return null;
  const [names, schemes] = [others.map(({ name }) => name), others.map(({ scheme }) => scheme)];
  return `A proxy of another kind than HTTP is in ${names.join(" and ")}. Only git uses it: control planes, forges and receivers at ${schemes.join(" and ")} are called directly. Name an HTTP proxy if they can be reached through one only.`;
}
