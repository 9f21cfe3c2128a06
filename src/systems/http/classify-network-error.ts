import type { FailureCode } from "./describe-failures.ts";

/** A failure below HTTP. */
export interface NetworkFailure {
  readonly code: FailureCode;
  readonly words: string;
  /** False when the request cannot have left: no connection was made. */
  readonly sent: boolean;
  readonly cause: Error;
}

type Rule = readonly [pattern: RegExp, code: FailureCode, sent: boolean];

/** By the `code` of Node, OpenSSL and undici errors; the first that matches counts. */
const RULES: readonly Rule[] = [
  // Cut by closing our own connections: no caller waits for it any more.
  [/^UND_ERR_(DESTROYED|CLOSED)$/, "canceled", true],
  [/^(ENOTFOUND|EAI_\w+)$/, "host_not_found", false],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|EACCES)$/, "connection_refused", false],
  [/^(UND_ERR_CONNECT_TIMEOUT)$/, "timeout", false],
  [/^(ETIMEDOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/, "timeout", true],
  [
    /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/,
    "tls_untrusted",
    false,
  ],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$|UND_ERR_PRX_TLS)/, "tls_failed", false],
  [/^(HPE_|UND_ERR_RES_|UND_ERR_HEADERS_OVERFLOW|Z_|ERR_BUFFER_TOO_LARGE)/, "bad_answer", true],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_|UND_ERR_SOCKET|UND_ERR_REQ_)/, "connection_cut", true],
];
/** undici reports a proxy's refusal of a tunnel as an abort, of which Connect keeps the text only; it holds the status. */
const PROXY_REFUSAL = /Proxy response \((\d{3})\)/;

/** What went wrong below HTTP, by the innermost error that names it; undefined when none does. */
export function classifyNetworkError(links: readonly Error[]): NetworkFailure | undefined {
  for (const link of links.toReversed()) {
    const status = PROXY_REFUSAL.exec(link.message)?.[1];
    if (status !== undefined) return { code: "proxy_refused", words: `HTTP ${status}`, sent: false, cause: link };
    const name = "code" in link && typeof link.code === "string" ? link.code : "";
    const rule = RULES.find(([pattern]) => pattern.test(name));
    if (rule !== undefined) return { code: rule[1], words: wordsOf(link, name), sent: rule[2], cause: link };
  }
  return undefined;
}

function wordsOf(error: Error, name: string): string {
  const message = error.message.split("\n", 1)[0] ?? "";
  return message.includes(name) ? message : `${message} (${name})`;
}
