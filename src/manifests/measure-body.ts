/** Characters of all keys and texts of a document: what it costs to look through them. */
export function measureBody(body: unknown): number {
  if (typeof body === "string") return body.length;
  if (typeof body !== "object" || body === null) return 0;
  if (Array.isArray(body)) return body.reduce<number>((sum, inner) => sum + measureBody(inner), 0);
  return Object.entries(body).reduce((sum, [key, inner]) => sum + key.length + measureBody(inner), 0);
}
