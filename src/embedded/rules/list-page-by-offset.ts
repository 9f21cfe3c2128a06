import { refuse } from "../state/refuse.ts";

/** One page of a list, and the token of the next: an offset. A full page has one even when nothing follows. */
export function listPageByOffset<Record>(
  what: string,
  found: readonly Record[],
  { limit, token }: { readonly limit: number; readonly token: string },
): { readonly page: readonly Record[]; readonly token: string } {
  if (!/^\d*$/.test(token)) {
    throw refuse("invalid_argument", `invalid pagination token ${token} for ${what}`);
  }
  const offset = Number(token);
  const page = found.slice(offset, limit === 0 ? undefined : offset + limit);
  return { page, token: page.length === limit ? String(offset + page.length) : "" };
}
