/**
 * The attacker has the forge or the flyteadmin of one target. Each page of a list is within what an answer may have, and says next to nothing; there are
 * very many of them. All of that passes through the daemon's memory and takes its thread.
 */
import type { IncomingMessage } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";
import { openForge } from "../../src/pull-requests/forge/open-forge.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { CALLED_SYSTEMS } from "./hostile-servers.ts";

const TIME = "2026-01-01T00:00:00Z";
/** Blanks, of which JSON may have any number. */
const FILL = Buffer.alloc(60 * 1024 * 1024, " ");
/** Of pages as large as those: 256 MiB are less than five of them. So a list of ten that is read is read in full. */
const [MOST_PAGES, PAGES] = [5, 10];

/** Serves pages, and counts them. */
async function servePages(
  page: (page: number, request: IncomingMessage) => { readonly headers: object; readonly body: string | Uint8Array },
  fill = FILL,
) {
  const served = { pages: 0, url: "" };
  const port = await serve((request, response) => {
    served.pages += 1;
    const { headers, body } = page(served.pages, request);
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json", ...headers });
      response.write(fill);
      response.end(body);
    });
  });
  served.url = `http://127.0.0.1:${port}`;
  return served;
}

async function openUntilEnd(kind: ForgeKind, url: string) {
  const access = { kind: "token", token: () => "adversary-token-0123456789" } as const;
  const forge = await openForge({ kind, url, repository: "acme/pools", access, timeoutMs: PATIENCE_MS, ca: null });
  onTestFinished(() => forge.close());
  return forge;
}

describe.each(CALLED_SYSTEMS.filter(({ type }) => type === "application/json"))("$name", ({ list, endless, page }) => {
  test("whose list has few entries in very many bytes is read no further", async () => {
    const served = await servePages((count, request) => page(count, count >= PAGES, request));
    const { code, message } = await failureOf(list(served.url, PATIENCE_MS));
    expect(code).toBe(endless);
    expect(message).toMatch(/more than [\d,]+ bytes/);
    // GitHub and GitLab are asked first whose the token is.
    expect(served.pages).toBeLessThanOrEqual(MOST_PAGES + 1);
  });
});

test.each<[string, ForgeKind, (page: number, request: IncomingMessage) => { headers: object; body: string }]>([
  [
    "the moves of a branch on GitHub",
    "github",
    (page, { url = "" }) => {
      if (url.includes("/commits")) return { headers: {}, body: "[]" };
      if (!url.includes("/activity"))
        return {
          headers: {},
          body: JSON.stringify({ head: { sha: "a", ref: "b", repo: { full_name: "acme/pools" } } }),
        };
      return { headers: { link: `<http://x/?after=${page}>; rel="next"` }, body: "[]" };
    },
  ],
  [
    "the commits of a request on GitLab",
    "gitlab",
    (page, { url = "" }) => {
      if (!url.endsWith("/graphql")) return { headers: {}, body: "[]" };
      const pageInfo = { hasNextPage: page < PAGES, endCursor: `${page}` };
      const commits = { nodes: [], pageInfo };
      return {
        headers: {},
        body: JSON.stringify({ data: { project: { mergeRequest: { commits, committers: {} } } } }),
      };
    },
  ],
])("%s, in very many bytes, are read no further", async (_what, kind, page) => {
  const served = await servePages(page);
  const { code, message } = await failureOf((await openUntilEnd(kind, served.url)).readOrigin(1));
  expect([code, message]).toEqual(["forge_answer", expect.stringMatching(/more than [\d,]+ bytes/)]);
  expect(served.pages).toBeLessThanOrEqual(MOST_PAGES + 2);
});

test("the longest comments that GitHub takes, as many as it takes on one request, are read", async () => {
  const body = "x".repeat(65_536);
  const user = { login: "mona", url: "x".repeat(2_000) };
  const { url } = await servePages((_page, { url: at = "", headers: { host } }) => {
    if (at.endsWith("/user")) return { headers: {}, body: '{"login":"bot"}' };
    const page = Number(new URL(at, "http://x").searchParams.get("page"));
    const comments = Array.from({ length: 100 }, (_, index) => ({
      ...{ id: 100 * page + index, body, user, created_at: TIME, updated_at: TIME },
    }));
    return {
      headers: page === 25 ? {} : { link: `<http://${host}${at}>; rel="next"` },
      body: JSON.stringify(comments),
    };
  }, Buffer.alloc(0));
  expect(await (await openUntilEnd("github", url)).listComments(1)).toHaveLength(2_500);
});
