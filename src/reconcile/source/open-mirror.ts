import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { initRepository } from "../../systems/git/init-repository.ts";
import { openGit } from "../../systems/git/open-git.ts";
import { buildGitEnvironment } from "./build-git-environment.ts";
import { createRepack, type Repack } from "./create-repack.ts";
import {
  describeMirrorGit,
  explainMirrorError,
  hashBranch,
  type MirrorOptions,
  nameMirrors,
} from "./describe-mirror.ts";
import { fetchWithinLimits, requireSize } from "./fetch-within-limits.ts";
import type { AskedQueue, RequestServer, SoughtCommit } from "./proposals.ts";
import { fetchQueue, listQueue, type QueueMemory } from "./queued-commits.ts";
import type { ObjectReader } from "./read-objects.ts";
import { readRefFile } from "./read-ref-file.ts";
import { findType, removeLeftovers } from "./remove-leftovers.ts";
import { runInTurn } from "./run-in-turn.ts";

/** The private bare copy of a repository. Sources of one repository in one process share it; processes share none. */
export interface Mirror {
  /** Fetches what is missing of the branch and returns its newest commit. A damaged mirror is recreated. */
  fetch(): Promise<string>;
  /** Recreates the mirror, for callers that found by reading that it is damaged. */
  renew(): Promise<void>;
  /** As `Proposals.listQueued`. */
  queued(forge: RequestServer, asked: AskedQueue): Promise<readonly SoughtCommit[]>;
  readonly reader: ObjectReader;
}

/** The mirror of a repository below `folder`, named by a hash of its address. Nothing is fetched yet. `withToken`: the same with the token of this moment. */
export function openMirror(options: MirrorOptions, withToken: () => MirrorOptions): Mirror {
  const { config, signal, place } = options;
  const folder = nameMirrors(options).branches;
  // What no branch has any more is kept: it may have been applied.
  const repack = createRepack(folder, ["-a", "-d", "-k"]);
  const queue: QueueMemory = { refused: new Map(), missed: new Set() };
  /** The branch's commit, of a mirror that was recreated because it was too large. */
  let recreatedAt: string | null = null;
  const fetch = async (now: MirrorOptions) => {
    let isLarge = false;
    try {
      await removeLeftovers(folder);
      if ((await findType(folder)) === "folder") return await fetchAndPack(folder, now, repack);
    } catch (error) {
      const explained = explainMirrorError(error, now);
      const id = explained.code === "source_too_large" ? await readRefFile(folder, nameRef(config.branch)) : null;
      // What a queue, or a branch before a force push, left in it may be what is too large: once for each commit of the branch.
      if (explained.code !== "source_damaged" && (id === null || id === recreatedAt)) throw explained;
      recreatedAt = id;
      isLarge = id !== null;
    }
    return recreate(folder, now, isLarge);
  };
  return {
    fetch: () =>
      runInTurn(folder, async () => {
        const now = withToken();
        // What could not be removed after a failure is explained, too.
        return fetch(now).catch((error: unknown) => Promise.reject(explainMirrorError(error, now)));
      }),
    queued: async (forge, asked) => {
      const now = withToken();
      // No pass waits for the list.
      const wanted = await listQueue(folder, now, forge, asked);
      return fetchQueue(folder, now, { wanted, line: asked.line }, queue);
    },
    renew: () => runInTurn(folder, async () => void (await recreate(folder, withToken(), false))),
    reader: {
      ...{ environment: buildGitEnvironment(folder, options), tip: nameRef(config.branch), place, signal },
      timeoutMs: config.timeout_ms,
    },
  };
}

/** A new mirror appears as a whole, in the place of the one that is there. That one is kept aside as damaged, but for one that is only too large. */
async function recreate(folder: string, options: MirrorOptions, isLarge: boolean): Promise<string> {
  const draft = `${folder}.${randomUUID()}`;
  const former = isLarge ? `${folder}.${randomUUID()}` : `${folder}-damaged`;
  try {
    // Two of them are on the disk at a time, and never three.
    await rm(`${folder}-damaged`, { recursive: true, force: true, maxRetries: 3 });
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await initRepository(draft, describeMirrorGit(draft, options));
    const id = await fetchInto(draft, options);
    if ((await findType(folder)) !== null) await rename(folder, former);
    await rename(draft, folder);
    if (isLarge) await rm(former, { recursive: true, force: true, maxRetries: 3 });
    return id;
  } catch (error) {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
    throw explainMirrorError(error, options);
  }
}

/** Where packing finds the mirror damaged, a new one takes its place. Where that can't be made now, this one is used: what was fetched is there. */
async function fetchAndPack(folder: string, options: MirrorOptions, repack: Repack): Promise<string> {
  let isSound = true;
  const id = await fetchInto(folder, options, async () => {
    isSound = await repack(options);
  });
  if (isSound) return id;
  return recreate(folder, options, false).catch((error: unknown) => {
    const { message } = explainMirrorError(error, options);
    if (options.signal.aborted) throw error;
    options.warn(`A damaged mirror could not be recreated, and is used as it is. ${message}`);
    return id;
  });
}

/** `tidy` runs before the size is looked at. */
async function fetchInto(folder: string, options: MirrorOptions, tidy?: () => Promise<void>): Promise<string> {
  const { branch } = options.config;
  const ref = nameRef(branch);
  await fetchWithinLimits(folder, options, [`+refs/heads/${branch}:${ref}`]);
  await tidy?.();
  await requireSize(folder, options);
  const git = openGit(folder, describeMirrorGit(folder, options));
  const id = await readRefFile(folder, ref);
  return id ?? (await git(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`])).trim();
}

function nameRef(branch: string): string {
  return `refs/fetched/${hashBranch(branch)}`;
}
