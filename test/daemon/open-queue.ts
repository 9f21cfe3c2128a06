import { waitFor } from "../set-up/wait-for.ts";
import { HOOK_SECRET } from "./deliver-push.ts";
import type { ForgedWorld } from "./open-forged-world.ts";

/** How a queue merges. */
export type QueueMethod = "merge" | "squash" | "rebase";

/** The merge queue of `main` on GitHub, or its merge train on GitLab, played with the real git. */
export interface Queue {
  /** Puts requests into the queue behind each other; gives the commit that each is tested by. */
  readonly enqueue: (numbers: readonly number[], options?: EnqueueOptions) => Promise<readonly string[]>;
  /** Puts a commit of one's own there in place of what the queue would make. */
  readonly plant: (number: number, sha: string) => Promise<void>;
  /** Lets the branch have the commit of a request, and with it those before it. */
  readonly land: (number: number) => Promise<string>;
  /** Takes a request out of the queue. */
  readonly drop: (number: number) => Promise<void>;
  readonly status: (sha: string, which: "plan" | "apply") => string;
  readonly untilStatus: (sha: string, which: "plan" | "apply", text: RegExp) => Promise<void>;
}

/** How requests get into the queue. */
export interface EnqueueOptions {
  /** Default `mona`. */
  readonly by?: string;
  /** Default `merge`. */
  readonly method?: QueueMethod;
  /** Whether the forge tells of it. Default: true. */
  readonly tells?: boolean;
  /** Behind the last one, or as the first again. Default: `last`. */
  readonly onto?: "last" | "main";
}

interface Entry {
  readonly number: number;
  readonly ref: string;
  readonly base: string;
  readonly sha: string;
  readonly by: string;
}

const QUEUE_BOT = "github-merge-queue[bot]";

export function openQueue(forged: ForgedWorld): Queue {
  const { forge, world } = forged;
  const { ask } = world.repository;
  let entries: readonly Entry[] = [];
  const deliver = (event: Parameters<typeof forge.deliver>[2]) =>
    forge.deliver(`${forged.daemon.url}/webhooks/prod`, HOOK_SECRET, event);
  const put = async (number: number, given: { base: string; sha: string; by: string; tells: boolean }) => {
    const { base, sha, by, tells } = given;
    const branch = `refs/heads/gh-readonly-queue/main/pr-${number}-${base}`;
    const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/train` : branch;
    ask("update-ref", ref, sha);
    forge.enqueue(number, by, sha);
    entries = [...entries, { number, ref, base, sha, by }];
    if (tells) await deliver({ kind: "group", number, sha, base, action: "requested" });
  };
  const remove = ({ number, ref }: Entry) => {
    ask("update-ref", "-d", ref);
    forge.dequeue(number);
    entries = entries.filter((entry) => entry.number !== number);
  };
  const status = (sha: string, which: "plan" | "apply") => {
    const found = forge.statuses(sha).find(({ context }) => context === `poolkeeper/${which}`);
    return found === undefined ? "" : `${found.state}: ${found.description}`;
  };
  return {
    enqueue: async (numbers, { by = "mona", method = "merge", tells = true, onto = "last" } = {}) => {
      const made: string[] = [];
      for (const number of numbers) {
        const last = onto === "last" || made.length > 0 ? entries.at(-1)?.sha : undefined;
        const base = last ?? ask("rev-parse", "refs/heads/main");
        const sha = mergeOnto(ask, base, { head: forged.head(number), method });
        await put(number, { base, sha, by, tells });
        made.push(sha);
      }
      return made;
    },
    plant: (number, sha) => put(number, { base: ask("rev-parse", "refs/heads/main"), sha, by: "mona", tells: true }),
    land: async (number) => {
      const end = entries.findIndex((entry) => entry.number === number);
      // Those that it is not behind have been taken out.
      const begin = entries.slice(0, end).findLastIndex(({ sha }, index) => entries[index + 1]?.base !== sha) + 1;
      const landed = entries.slice(begin, end + 1);
      const last = landed.at(-1);
      if (last === undefined) throw new Error(`The test lands request ${number}, which is in no queue.`);
      ask("update-ref", "refs/heads/main", last.sha);
      for (const entry of landed) {
        forge.merge(entry.number, forge.kind === "github" ? QUEUE_BOT : entry.by, entry.sha);
        remove(entry);
      }
      await deliver({ kind: "push", branch: "main", sha: last.sha });
      return last.sha;
    },
    drop: async (number) => {
      const entry = entries.find((one) => one.number === number);
      if (entry === undefined) throw new Error(`The test drops request ${number}, which is in no queue.`);
      remove(entry);
      await deliver({ kind: "group", number, sha: entry.sha, base: entry.base, action: "destroyed" });
    },
    status,
    untilStatus: (sha, which, text) =>
      waitFor(
        () => text.test(status(sha, which)),
        () => [status(sha, "plan"), status(sha, "apply"), ...world.log.slice(-20)].join("\n"),
      ),
  };
}

/** The commit that a queue makes of a request's head; of a rebase the last one. */
function mergeOnto(
  ask: (...args: readonly string[]) => string,
  base: string,
  { head, method }: { readonly head: string; readonly method: QueueMethod },
): string {
  const make = (onto: string, of: string, parents: readonly string[]) => {
    const tree = ask("merge-tree", "--write-tree", base, of);
    const who = ["-c", "user.name=Queue", "-c", "user.email=queue@example.com"];
    return ask(...who, "commit-tree", tree, ...[onto, ...parents].flatMap((id) => ["-p", id]), "-m", `Queue ${of}`);
  };
  if (method === "merge") return make(base, head, [head]);
  if (method === "squash") return make(base, head, []);
  const commits = ask("rev-list", "--reverse", `${base}..${head}`).split("\n");
  return commits.reduce((onto, commit) => make(onto, commit, []), base);
}
