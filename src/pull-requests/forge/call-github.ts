import { callJson, readHeader } from "../../systems/http/call-json.ts";
import { isBearerToken } from "../../systems/http/is-bearer-token.ts";
import { createGithubAuthentication, type InstallationToken } from "./authenticate-github.ts";
import { type CallForge, createForgeCaller, type ForgeApi, type ForgeCall } from "./call-forge.ts";
import { createForgeClock } from "./create-forge-clock.ts";
import { createForgeDispatcher } from "./create-forge-dispatcher.ts";
import { explainGithubRefusal } from "./explain-github-refusal.ts";
import type { Forge, ForgeOptions } from "./forge.ts";
import { findRefusal } from "./forge-failures.ts";
import { locateGithub } from "./locate-github.ts";
import { AnswerShapeError, readList, readObject, readText, readTime } from "./read-answer.ts";
import { type PageReadingOptions, readForgePages } from "./read-forge-pages.ts";
import { createGithubPace, createGithubSend } from "./send-github.ts";

/** A repository on GitHub, and how it is called. */
export interface GithubRepository {
  /** `owner/name`. */
  readonly name: string;
  readonly owner: string;
  /** Of the repository in the REST API: `/repos/OWNER/NAME`. */
  readonly path: string;
  readonly call: CallForge;
  /** GraphQL's query; changes nothing. */
  readonly callGraphql: <T>(call: Pick<ForgeCall<T>, "method" | "body" | "decode">) => Promise<T>;
  /** All entries of a list below the repository, each once, by page. `path`: with its query. */
  readonly list: <T>(
    method: keyof Forge,
    path: string,
    decode: (value: unknown) => T,
    nameOf: (record: T) => number | string,
    options?: PageReadingOptions,
  ) => Promise<readonly T[]>;
  /** As in `Forge`. */
  readonly now: Forge["now"];
  close(): Promise<void>;
}

/** What GitHub gives a page at most. */
const PER_PAGE = 100;
const RETRIES = 2;

/** The repository of the options, over connections of its own. Throws an OperationalError `forge_unreachable` for an address that is none. */
export function openGithubRepository(options: ForgeOptions): GithubRepository {
  const { api: base, graphql, hosted } = locateGithub(options.url);
  const [owner = "", repo = ""] = options.repository.split("/");
  const http = createForgeDispatcher(new URL(base), options.ca, options.timeoutMs);
  const clock = createForgeClock();
  const { access } = options;
  const authentication = createGithubAuthentication(access, () =>
    call({
      method: "authenticate",
      verb: "POST",
      path: `/app/installations/${access.kind === "app" ? access.installation_id : 0}/access_tokens`,
      // For this repository alone, even where the App is installed for others.
      body: { repositories: [repo] },
      ...{ reads: true, asApp: true },
      decode: decodeToken,
    }),
  );
  const api: ForgeApi = {
    ...{ name: "GitHub", base, clock, retries: RETRIES, explain: explainGithubRefusal },
    authorize: async ({ asApp = false }) => ({ authorization: await authentication.authorize(asApp) }),
    renew: authentication.forget,
    send: createGithubSend((call) => callJson(http, call)),
    ...(hosted && { pace: createGithubPace() }),
  };
  const call = createForgeCaller(api, options);
  const graphqlBase = graphql.slice(0, graphql.lastIndexOf("/"));
  const callBeside = createForgeCaller({ ...api, base: graphqlBase }, options);
  const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
  return {
    ...{ name: options.repository, owner, path, call, now: clock.now },
    callGraphql: (asked) => callBeside({ ...asked, verb: "POST", path: "/graphql", reads: true }),
    list: (method, below, decode, nameOf, options) => {
      const readPage = (page: number) =>
        call({
          method,
          verb: "GET",
          path: `${path}${below}${below.includes("?") ? "&" : "?"}per_page=${PER_PAGE}&page=${page}`,
          decode: (value, { headers, bytes }) => {
            const isLast = readHeader(headers, "link")?.includes('rel="next"') !== true;
            return { records: readList(value).map(decode), next: isLast ? null : page + 1, bytes };
          },
        });
      return readForgePages(`GET ${path}${below.split("?", 1)[0]}`, nameOf, readPage, options);
    },
    close: () => http.destroy(),
  };
}

/** GitHub's tokens last for an hour: one that ends sooner would be asked for with each call. */
const SHORTEST_LIFE_MS = 10 * 60_000;

function decodeToken(value: unknown): InstallationToken {
  const answer = readObject(value);
  const [token, expires_at] = [readText(answer, "token"), readTime(answer, "expires_at")];
  if (!isBearerToken(token)) throw new AnswerShapeError("token has characters that no token has");
  if (Date.parse(expires_at) - Date.now() >= SHORTEST_LIFE_MS) return { token, expires_at };
  throw new AnswerShapeError("expires_at is less than ten minutes ahead (GitHub's tokens last for an hour)");
}

/** Whether GitHub refused with that status, in words that fit. */
export function hasStatus(error: unknown, status: number, words = /^/): boolean {
  const refusal = findRefusal(error);
  return refusal?.status === status && words.test(refusal.words);
}
