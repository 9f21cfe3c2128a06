import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import packageJson from "../../../package.json" with { type: "json" };
import { rememberSecret } from "../../systems/http/known-secrets.ts";
import { endedEarly, untilAborted } from "../../systems/http/until-aborted.ts";
import { createGithubAuthentication, type GithubAuthentication } from "./authenticate-github.ts";
import { createGithubFetch, LED_ELSEWHERE } from "./create-github-fetch.ts";
import { createAnswerFailure, explainGithubError, type GithubCall, hasStatus } from "./explain-github-error.ts";
import type { ForgeOptions } from "./forge.ts";
import { type GithubLocation, locateGithub } from "./locate-github.ts";
import { createForgeBudget } from "./read-forge-pages.ts";

/** What is asked of octokit. `request` has to be handed on with each call. */
export type Ask<T> = (octokit: Octokit, request: { readonly fetch: unknown; readonly retries?: number }) => Promise<T>;

/** The same for a page of a list, counted from 1. */
export type AskPage<T> = (
  octokit: Octokit,
  request: { readonly fetch: unknown; readonly retries?: number },
  page: number,
) => Promise<{ readonly data: readonly T[]; readonly headers: { readonly link?: string | undefined } }>;

/** Octokit with authentication, pauses and explained errors: all that the methods of `Forge` are made of. */
export interface GithubClient {
  readonly location: GithubLocation;
  readonly authentication: GithubAuthentication;
  /** As in `Forge`. */
  readonly now: () => string | null;
  /** What only reads is repeated twice where GitHub fails or the connection does. Throws OperationalErrors by the codes of `Forge`. */
  read<T>(method: string, ask: Ask<{ readonly data: T }>): Promise<T>;
  /** What changes something is sent once; again only when GitHub said that it did nothing. */
  write<T>(method: string, ask: Ask<{ readonly data: T }>): Promise<T>;
  /** Every entry of a list, page after page as octokit is asked for it. */
  list<T>(method: string, ask: AskPage<T>): Promise<readonly T[]>;
  close(): Promise<void>;
}

const READ_RETRIES = 2;
/** The pauses before the first and the second repetition are 1 and 4 times that. */
const RETRY_PAUSE_MS = 200;
/** A limit that ends so soon is waited for within the call. */
const LONGEST_WAIT_SECONDS = 5;
/** A limit counts as GitHub's answer, and the rest can't get better by asking again. */
const NEVER_AGAIN = [304, 400, 401, 403, 404, 410, LED_ELSEWHERE, 422, 429, 451];

const PacedOctokit = Octokit.plugin(throttling, retry);

/** Octokit for the repository's GitHub. */
export function createGithubClient(options: ForgeOptions): GithubClient {
  const location = locateGithub(options.url);
  const network = createGithubFetch(location.api, options);
  const octokit = createOctokit(location, options.repository, network.named("authenticate"));
  const authentication = createGithubAuthentication(options.access, (authorization) =>
    fetchInstallationToken(octokit, options, authorization),
  );
  octokit.hook.before("request", async (asked) => {
    asked.headers.authorization ??= await authentication.authorize();
  });

  const describeCall = (method: string, write: boolean): GithubCall => {
    return { method, write, api: location.api, now: Date.now() };
  };
  const run = async <T>(method: string, write: boolean, ask: Ask<T>): Promise<T> => {
    const request = { fetch: network.named(method), ...(write ? { retries: 0 } : {}) };
    const once = () => {
      if (write && options.ending?.aborted) throw endedEarly();
      return untilAborted(() => ask(octokit, request), write ? undefined : options.ending);
    };
    try {
      return await once().catch((error: unknown) => {
        // An installation's token may be taken back before its time; then another is fetched, once.
        if (!hasStatus(error, 401) || !authentication.forget()) throw error;
        return once();
      });
    } catch (error) {
      throw explainGithubError(error, describeCall(method, write));
    }
  };
  const runForData = async <T>(method: string, write: boolean, ask: Ask<{ readonly data: T }>): Promise<T> => {
    const { data } = await run(method, write, ask);
    if (typeof data === "object" && data !== null) return data;
    throw createAnswerFailure(describeCall(method, write), "an object was expected");
  };

  return {
    location,
    authentication,
    now: network.now,
    read: (method, ask) => runForData(method, false, ask),
    write: (method, ask) => runForData(method, true, ask),
    list: async (method, ask) => {
      const fail = (words: string) => createAnswerFailure(describeCall(method, false), words);
      return collectPages((page) => run(method, false, (asked, request) => ask(asked, request, page)), fail);
    },
    close: () => network.close(),
  };
}

function createOctokit({ api, hosted }: GithubLocation, place: string, fetch: unknown): Octokit {
  const isShort = (seconds: number, _asked: unknown, _octokit: unknown, waited: number) =>
    seconds <= LONGEST_WAIT_SECONDS && waited < READ_RETRIES;
  const silent = () => {};
  return new PacedOctokit({
    baseUrl: api,
    userAgent: `poolkeeper/${packageJson.version}`,
    // What it has to say comes as an error, and its request log would name nothing that `onCall` does not.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch },
    // A call may only say 0: the plugin takes any other number of a call before it looks at what is never to be repeated.
    retry: { retries: READ_RETRIES, retryAfterBaseValue: RETRY_PAUSE_MS, doNotRetry: NEVER_AGAIN },
    throttle: {
      id: `${api}/${place}`,
      onRateLimit: isShort,
      onSecondaryRateLimit: isShort,
      ...(hosted ? {} : { write: UNPACED as never, notifications: UNPACED as never }),
    },
  });
}

/** In place of the pauses of 1 to 3 seconds between writes, which only GitHub's own service asks for. */
const UNPACED = { key: () => ({ schedule: (_options: unknown, begin: () => Promise<void>) => begin() }) };

/** For this repository alone, whatever else the App is installed for. */
async function fetchInstallationToken(octokit: Octokit, { access, repository }: ForgeOptions, authorization: string) {
  const { data } = await octokit.rest.apps.createInstallationAccessToken({
    installation_id: access.kind === "app" ? access.installation_id : 0,
    repositories: [repository.slice(repository.indexOf("/") + 1)],
    headers: { authorization },
  });
  rememberSecret(data.token);
  return data;
}

/** A list that goes on and on is an error, not a shorter list. */
async function collectPages<T>(
  readPage: (page: number) => Promise<Awaited<ReturnType<AskPage<T>>>>,
  fail: (words: string) => Error,
): Promise<readonly T[]> {
  const entries: T[] = [];
  const budget = createForgeBudget();
  for (let page = 1; ; page += 1) {
    const { data, headers } = await readPage(page);
    if (!Array.isArray(data)) throw fail("a list was expected");
    const excess = budget.spend(data);
    if (excess !== null) throw fail(`the list has more than ${excess}`);
    entries.push(...data);
    if (!headers.link?.includes('rel="next"')) return entries;
  }
}
