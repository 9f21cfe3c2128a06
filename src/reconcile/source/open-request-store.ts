import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { OperationalError } from "../../model/errors/operational-error.ts";
import { initRepository } from "../../systems/git/init-repository.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { measureFolder } from "../../systems/git/within-limits.ts";
import { buildGitEnvironment } from "./build-git-environment.ts";
import { createRepack } from "./create-repack.ts";
import { describeMirrorGit, explainMirrorError, type MirrorOptions, nameMirrors } from "./describe-mirror.ts";
import { dropHead, type FetchedHeads, fetchHeads, isThere, listHeads, readServedHeads } from "./fetch-heads.ts";
import type { ProposedHead, RequestServer } from "./proposals.ts";
import { dropPacksSince, findFetchRefusal, listPacks, type RefusedCommits } from "./refuse-objects.ts";
import { findType, listNames, removeLeftovers } from "./remove-leftovers.ts";
import { runInTurn } from "./run-in-turn.ts";

/**
 * The repository beside the mirror that has the commits of requests, and finds the rest in the mirror. It holds nothing that can't be
 * fetched again: one that is damaged or too large is recreated. Sources of one repository in one process share it; each branch has refs of
 * its own.
 */
export interface RequestStore {
  readonly folder: string;
  /** The variables of a git that reads it. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Fetches heads that are not there, and gives the numbers of those that are then. Where all of them together are too large, or one has an
   * object that git's check refuses, each is fetched by itself. One that is refused then is not fetched again until another head moves or a
   * request is forgotten.
   */
  fetch(options: MirrorOptions, forge: RequestServer, heads: readonly ProposedHead[]): Promise<ReadonlySet<number>>;
  /** Why a head is not there that is refused; null: it is there, or it is unknown why not. */
  findRefusal(head: ProposedHead): OperationalError | null;
  /** The newest commit of a request as the server has it now; null: it has none. */
  readServed(options: MirrorOptions, forge: RequestServer, number: number): Promise<string | null>;
  /** Creates it where it is missing, and works in it. Nothing else is fetched or forgotten at the same time. */
  work<T>(options: MirrorOptions, task: () => Promise<T>): Promise<T>;
  /** Runs what writes into it, as it is. Nothing is fetched or forgotten at the same time. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  /** Throws all of it away, for who found out by reading that it is damaged. */
  remove(): Promise<void>;
  /** Forgets requests to this branch that are not named. */
  keep(options: MirrorOptions, numbers: readonly number[]): Promise<void>;
}

/** Objects that are in no pack, that are many enough to be looked through. */
const MANY_LOOSE = 2000;

/** The store of the repository that the options name. Nothing is made yet. */
export function openRequestStore(opening: MirrorOptions): RequestStore {
  const { requests: folder, branches } = nameMirrors(opening);
  // What no request has any more is dropped.
  const repack = createRepack(folder, ["-a", "-d", "-l"]);
  /** What was listed last, for as long as the store stands: a round in which nothing is new asks git nothing. */
  let listed: FetchedHeads | undefined;
  /** Heads that are refused, by their numbers. */
  const refused: RefusedCommits = new Map();
  const findRefusal = ({ number, sha }: ProposedHead) => {
    const found = refused.get(`${number}`);
    return found?.sha === sha ? found.error : null;
  };
  const list = async (options: MirrorOptions) => {
    listed ??= await listHeads(folder, options);
    return listed;
  };
  const remove = async () => {
    listed = undefined;
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const make = async (options: MirrorOptions) => {
    await removeLeftovers(folder);
    if ((await findType(folder)) === "folder") return;
    await remove();
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await initRepository(folder, describeMirrorGit(folder, options));
    const mirror = join("..", "..", basename(branches), "objects");
    await mkdir(join(folder, "objects", "info"), { recursive: true });
    await writeFile(join(folder, "objects", "info", "alternates"), `${mirror}\n`);
  };
  const work = <T>(options: MirrorOptions, task: () => Promise<T>) =>
    runInTurn(folder, async () => {
      try {
        await make(options);
        return await task();
      } catch (error) {
        const explained = explainMirrorError(error, options);
        if (explained.code !== "source_damaged" && findFetchRefusal(explained, options) === null) throw explained;
      }
      try {
        await remove();
        await make(options);
        return await task();
      } catch (error) {
        const explained = explainMirrorError(error, options);
        // It is removed with the next use, where that is not possible now.
        await remove().catch(() => undefined);
        throw explained;
      }
    });
  const fetch = async (options: MirrorOptions, forge: RequestServer, heads: readonly ProposedHead[]) => {
    const there = await fetchHeads(folder, options, { forge, heads, before: await list(options) });
    listed = there;
    return new Set(heads.filter((head) => isThere(head, there)).map(({ number }) => number));
  };
  const drop = async (options: MirrorOptions, { number }: ProposedHead, packs: ReadonlySet<string>) => {
    listed = undefined;
    await dropHead(folder, options, number);
    await dropPacksSince(folder, packs);
  };
  /** Adds one to what is there, and gives the bytes that it takes. Null: it is refused, and nothing of it is left. `keep`: whether it stays. */
  const add = async (options: MirrorOptions, forge: RequestServer, head: ProposedHead, keep: boolean) => {
    const packs = await listPacks(folder);
    const before = await measureFolder(folder);
    try {
      await fetch(options, forge, [head]);
    } catch (cause) {
      const error = findFetchRefusal(cause, options);
      if (error === null) throw cause;
      refused.set(`${head.number}`, { sha: head.sha, error });
      await drop(options, head, packs);
      return null;
    }
    const bytes = (await measureFolder(folder)) - before;
    if (!keep) await drop(options, head, packs);
    return bytes;
  };
  /** Each by itself, to know its size; then all, or, where they do not fit together, the smallest first: none is left out for a larger one. */
  const fetchEach: RequestStore["fetch"] = (options, forge, heads) =>
    runInTurn(folder, async () => {
      await make(options);
      const sized: { readonly head: ProposedHead; readonly bytes: number }[] = [];
      for (const head of heads) {
        const bytes = await add(options, forge, head, false);
        if (bytes !== null) sized.push({ head, bytes });
      }
      const total = sized.reduce((sum, { bytes }) => sum + bytes, await measureFolder(folder));
      if (total > options.config.max_bytes) {
        for (const { head } of sized.toSorted((one, other) => one.bytes - other.bytes))
          await add(options, forge, head, true);
      }
      return fetch(
        options,
        forge,
        heads.filter((head) => findRefusal(head) === null),
      );
    });
  return {
    folder,
    environment: buildGitEnvironment(folder, opening),
    fetch: async (options, forge, heads) => {
      // Those that had no room beside the former head may fit now.
      if (heads.some(({ number, sha }) => (listed?.get(number)?.sha ?? sha) !== sha)) refused.clear();
      const wanted = heads.filter((head) => findRefusal(head) === null);
      try {
        return await work(options, () => fetch(options, forge, wanted));
      } catch (cause) {
        const error = findFetchRefusal(cause, options);
        if (error === null) throw cause;
        if (wanted.length > 1) return fetchEach(options, forge, wanted);
        for (const { number, sha } of wanted) refused.set(`${number}`, { sha, error });
        return new Set();
      }
    },
    findRefusal,
    readServed: (options, forge, number) =>
      work(options, async () => (await readServedHeads(folder, options, forge, [number])).get(number) ?? null),
    work,
    inTurn: (task) => runInTurn(folder, task),
    remove: () => runInTurn(folder, remove),
    keep: (options, numbers) =>
      work(options, async () => {
        const kept = new Set(numbers);
        const heads = await list(options);
        const gone = [...heads].filter(([number]) => !kept.has(number)).map(([, { ref }]) => `delete ${ref}\n`);
        for (const number of refused.keys()) if (!kept.has(Number(number))) refused.delete(number);
        if (gone.length > 0) {
          listed = undefined;
          // Those that are left may fit now.
          refused.clear();
          await openGit(folder, describeMirrorGit(folder, options))(["update-ref", "--stdin"], {
            input: gone.join(""),
          });
        }
        if (!((await repack(options)) && (await prune(folder, options)))) await remove();
      }),
  };
}

/** What is in no pack, and no request has any more, is dropped; an hour is left to who reads it at this moment. As {@link Repack} otherwise. */
async function prune(folder: string, options: MirrorOptions): Promise<boolean> {
  const objects = await listNames(join(folder, "objects"), true);
  if (objects.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]+$/.test(name)).length <= MANY_LOOSE) return true;
  try {
    await openGit(folder, describeMirrorGit(folder, options))(["prune", "--expire=1.hour.ago"]);
    return true;
  } catch (error) {
    const { code, message } = explainMirrorError(error, options);
    if (options.signal.aborted) throw error;
    options.warn(`What no request has any more could not be removed. ${message}`);
    return code !== "source_damaged";
  }
}
