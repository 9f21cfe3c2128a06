import { OperationalError } from "../../model/errors/operational-error.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";

/** Where a GitHub is. */
export interface GithubLocation {
  /** Base of its REST API, without a slash at the end. */
  readonly api: string;
  /** Of its GraphQL API. */
  readonly graphql: string;
  /** Its host as people know it. */
  readonly host: string;
  /** True for GitHub's own service, which limits the rate of writes; an Enterprise Server does not by default. */
  readonly hosted: boolean;
}

const PUBLIC: GithubLocation = {
  api: "https://api.github.com",
  graphql: "https://api.github.com/graphql",
  host: "github.com",
  hosted: true,
};

/**
 * The API of a GitHub from the address that people open: `https://github.com` and null are the public one, an Enterprise Server
 * has its API below `/api/v3`, `https://NAME.ghe.com` at `https://api.NAME.ghe.com`. An address of the API itself stays. Throws
 * `forge_unreachable` for what is no address.
 */
export function locateGithub(address: string | null): GithubLocation {
  if (address === null) return PUBLIC;
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = "The url of the forge is not a URL; write it as https://HOST.";
    throw new OperationalError("forge_unreachable", message, { next: "stop" });
  }
  const host = url.hostname.replace(/^api\./, "");
  if (host === "github.com" || host === "www.github.com") return PUBLIC;
  if (host.endsWith(".ghe.com")) {
    return { api: `https://api.${host}`, graphql: `https://api.${host}/graphql`, host, hosted: true };
  }
  const path = dropTrailing(url.pathname, "/");
  const root = `${url.origin}${path.replace(/\/api\/v3$/, "")}`;
  return {
    api: `${root}/api/v3`,
    graphql: `${root}/api/graphql`,
    host: url.host,
    hosted: false,
  };
}
