import { OperationalError } from "../../model/errors/operational-error.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { isLoopback } from "./is-loopback.ts";

/**
 * The canonical URL of an endpoint: lower-case host, default port dropped, no trailing slash. Takes what people have in their
 * flyte config file: `https://host`, `dns:///host[:port]`, `host[:port]` (https, or http when `insecure`). Plain http is taken for
 * hosts of this machine, and for others when `insecure` says so. Throws an OperationalError `endpoint_invalid` or
 * `endpoint_insecure` that names `source`.
 */
export function parseEndpoint(text: string, { insecure, source }: { insecure: boolean; source: string }): string {
  const address = text.trim().replace(/^dns:\/\/\/?/i, "");
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `${insecure ? "http" : "https"}://${address}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "") {
    throw invalid(source, "it is not an address; write https://HOST, HOST:PORT or dns:///HOST");
  }
  if (url.username !== "" || url.password !== "")
    throw invalid(source, "it contains a user or password; use a token instead");
  if (url.search !== "" || url.hash !== "") throw invalid(source, "it has a query or fragment; remove it");
  if (url.protocol === "http:" && !insecure && !isLoopback(url.hostname)) {
    throw new OperationalError(
      "endpoint_insecure",
      `The endpoint ${url.origin} (${source}) has no TLS, so credentials could be intercepted. Use https://, or pass --insecure.`,
      { next: "stop" },
    );
  }
  return `${url.origin}${dropTrailing(url.pathname, "/")}`;
}

/** The text itself is not repeated: it may hold a password. */
function invalid(source: string, reason: string): OperationalError {
  return new OperationalError("endpoint_invalid", `The endpoint from ${source} cannot be used: ${reason}.`, {
    next: "stop",
  });
}
