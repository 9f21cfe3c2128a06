/** `<...>` as documents write what is to be filled in. */
const PLACEHOLDER = /<[^<>]*>/g;
/** Values pass through Helm's template function, so an endpoint may be put together there. */
const TEMPLATE = /\{\{/;

/** Whether a text still holds a placeholder of a document. */
export function hasPlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) !== -1;
}

/** What is wrong with the address of a Kubernetes API, as the end of a sentence; undefined when nothing is, or a template decides. */
export function findEndpointMistake(endpoint: string): string | undefined {
  if (TEMPLATE.test(endpoint)) return undefined;
  // A placeholder stands for a host or a part of one.
  const text = endpoint.replaceAll(PLACEHOLDER, "placeholder");
  if (/[\s\p{Cc}]/u.test(text)) return "contains a space or a control character";
  const [, scheme, rest = text] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(text) ?? [];
  if (scheme === undefined) return "has no scheme; prefix it with https://";
  if (!/^https?$/i.test(scheme)) return "is neither https nor http";
  if (/^[^/?#]*@/.test(rest)) return "contains a user or a password";
  const [, host = "", port] = /^(\[[0-9a-fA-F:.]+\]|[^/?#:]*)(?::([^/?#]*))?/.exec(rest) ?? [];
  if (host === "") return "has no host";
  if (port !== undefined && !isPort(port)) return "has an invalid port";
  return URL.canParse(text) ? undefined : "is not a URL";
}

function isPort(text: string): boolean {
  return text === "" || (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535);
}
