/**
 * A store's location as it may be shown: of a URL only scheme, host, port and database, because user, password and
 * parameters can hold secrets; a path as it is. What can't be read as a URL is not shown at all.
 */
export function describeLocation(location: string): string {
  if (!location.includes("://")) return location;
  const url = URL.parse(location);
  return url === null ? "the URL given" : `${url.protocol}//${url.host}${url.pathname}`;
}
