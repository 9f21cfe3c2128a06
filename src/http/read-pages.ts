import { OperationalError } from "../model/operational-error.ts";

/** One page of a list and the token of the next; an empty token ends. */
export interface Page<T> {
  readonly records: readonly T[];
  readonly token: string;
}

/** What is asked for first, in records a page. Servers may give fewer. */
export const PAGE_LIMIT = 1000;
/** What every server takes: the upstream client never asks for more. */
export const SAFE_PAGE_LIMIT = 100;

/**
 * Reads a list in full, page by page, and gives each record once, by `nameOf`, even when a page boundary shifts meanwhile (the
 * later one counts: it is fresher). A server that refuses `pageLimit` records a page (default 1000), or whose page is too large,
 * is asked for 100. A token that comes back a second time would never end: that is an OperationalError `paging_broken`.
 */
export async function readPages<T>(
  what: string,
  nameOf: (record: T) => string,
  readPage: (limit: number, token: string) => Promise<Page<T>>,
  pageLimit: number = PAGE_LIMIT,
): Promise<readonly T[]> {
  const byName = new Map<string, T>();
  const seen = new Set<string>();
  let limit = pageLimit;
  let token = "";
  do {
    const page = await readPage(limit, token).catch((error: unknown) => {
      if (limit <= SAFE_PAGE_LIMIT || !isAboutSize(error)) throw error;
      limit = SAFE_PAGE_LIMIT;
      return readPage(limit, token);
    });
    for (const record of page.records) byName.set(nameOf(record), record);
    token = page.token;
    if (seen.has(token)) throw brokenPaging(what, token);
    seen.add(token);
  } while (token !== "");
  return [...byName.values()];
}

function isAboutSize(error: unknown): boolean {
  return error instanceof OperationalError && (error.code === "invalid_argument" || error.code === "answer_too_large");
}

function brokenPaging(what: string, token: string): OperationalError {
  return new OperationalError(
    "paging_broken",
    `${what} gave the page token "${token}" twice, so the list would never end. Report it to whoever runs the server.`,
    { next: "stop" },
  );
}
