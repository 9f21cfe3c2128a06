import { onTestFinished } from "vitest";
import type { MonotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import type { ForgeServer, HeldWhich, NewRequest, RequestChange } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { type GithubServerOptions, startGithubServer } from "../pull-requests/forge/github-server.ts";
import { type GitlabServerOptions, startGitlabServer } from "../pull-requests/forge/gitlab-server.ts";
import type { HeldForgeCalls } from "../pull-requests/forge/hold-forge-calls.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { HOOK_SECRET } from "./deliver-push.ts";
import type { Files } from "./manifests.ts";
import {
  type DaemonWorld,
  openDaemonWorld,
  pollOften,
  type RunningDaemon,
  type Settings,
} from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const FORGES = { github: startGithubServer, gitlab: startGitlabServer, gitea: startGiteaServer } as const;

/** Forges that a test can have. */
export type ForgeName = keyof typeof FORGES;
export const FORGE_NAMES: readonly ForgeName[] = ["github", "gitlab", "gitea"];

/** A target of the configuration file. */
export interface TargetPart {
  readonly name: string;
  readonly repository: object;
  readonly control_plane: object;
}

/** What differs from the usual. */
export interface ForgedSettings {
  readonly kind?: ForgeName;
  /** With what GitHub's server is started. */
  readonly github?: GithubServerOptions;
  /** With what GitLab's server is started. */
  readonly gitlab?: GitlabServerOptions;
  /** Keys of `pull_requests`. */
  readonly requests?: object;
  readonly settings?: Settings;
  readonly files?: Files;
  /** All targets, made of the usual one; each has the same requests. */
  readonly targets?: (usual: TargetPart) => readonly object[];
  /** Variables that the configuration names. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the forge tells of what happens; else it has to be asked. Default: true. */
  readonly webhooks?: boolean;
  /** What the passes of the first daemon are measured by. Default: the machine's clock. */
  readonly clock?: MonotonicClock;
}

/** What somebody opens, beside a branch and its files. */
type More = Partial<Pick<NewRequest, "author" | "body" | "fork" | "draft" | "labels" | "title" | "base" | "commits">>;

/** A daemon with a forge beside its repository. */
export interface ForgedWorld {
  readonly world: DaemonWorld & { readonly first: string };
  readonly forge: ForgeServer;
  /** What its daemons are configured with. */
  readonly settings: Settings;
  /** The one that runs now. */
  readonly daemon: RunningDaemon;
  /** Ends the daemon and starts it again on its store. */
  readonly restart: () => Promise<void>;
  /** Starts one more with the same configuration. */
  readonly startAnother: () => Promise<RunningDaemon>;
  /** Opens a request of a branch with these files; gives its number. */
  readonly propose: (branch: string, files: Files, more?: More) => Promise<number>;
  /** Pushes to the request's branch, as the request's author unless somebody else is named; gives the commit. */
  readonly pushTo: (number: number, files: Files, commit?: RequestChange["commit"]) => Promise<string>;
  /** Merges it as a forge does; gives the commit. */
  readonly merge: (number: number, by: string) => Promise<string>;
  /** From now on the forge merges it in the instant in which both statuses of its commit are a success; gives the commit, or null. */
  readonly autoMerge: (number: number, by: string) => () => string | null;
  readonly say: (number: number, author: string, body: string) => Promise<string>;
  /** Tells the daemon that something happened to a request. */
  readonly tell: (number: number, action: "edited" | "closed" | "reopened") => Promise<void>;
  /** Lets rounds that begin from now on wait before they have read the open requests; what a pass asks of the forge is answered. */
  readonly holdRounds: (which?: Pick<HeldWhich, "times" | "after">) => HeldForgeCalls;
  /** Does it between two rounds of the daemon, of each target: none is under way that has read the open requests and not yet their comments. */
  readonly betweenRounds: <T>(number: number, act: () => Promise<T>) => Promise<T>;
  /** The commit that a request is at. */
  readonly head: (number: number) => string;
  /** The daemon's comments on a target, `prod` unless another is named. */
  readonly sticky: (number: number, target?: string) => readonly string[];
  readonly comment: (number: number) => string;
  readonly status: (number: number, which: "plan" | "apply") => string;
  readonly untilSaid: (number: number, text: string | RegExp) => Promise<void>;
  readonly untilStatus: (number: number, which: "plan" | "apply", text: RegExp) => Promise<void>;
  /** Waits until the daemon has its look at the request's newest commit on record, which it writes after the statuses that tell of it. */
  readonly untilRecorded: (number: number) => Promise<void>;
  readonly untilReacted: (number: number, comment: string, reaction: RegExp) => Promise<void>;
  /** The digest that the comment shows. */
  readonly digest: (number: number) => string;
}

/** A daemon that has applied everything, with a forge beside its repository; `mona` may write there. */
export async function openForgedWorld(given: ForgedSettings = {}): Promise<ForgedWorld> {
  const { kind = "gitea", webhooks = true } = given;
  const forge = await FORGES[kind]({ ...given.github, ...given.gitlab });
  onTestFinished(() => forge.close());
  const world = await openDaemonWorld(given.files);
  Object.assign(world.env, { FORGE_TOKEN: forge.token, ...given.env });
  const settings = describeSettings(world, forge, given);
  const start = (clock?: MonotonicClock) => world.start(settings, webhooks ? undefined : pollOften, clock);
  let daemon = await start(given.clock);
  await daemon.untilApplied(world.first);
  forge.allow("mona", "write");
  const deliver = async (event: Parameters<ForgeServer["deliver"]>[2]) => {
    if (webhooks) await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, event);
  };
  return {
    ...{ world, forge, settings },
    get daemon() {
      return daemon;
    },
    restart: async () => {
      await daemon.daemon.stop();
      daemon = await start();
    },
    startAnother: () => start(),
    untilRecorded: (number) => untilRecorded(daemon, forge, number),
    ...openActs({ world, forge, deliver, targets: JSON.parse(world.describe(settings)).targets.length }),
    ...openSights({ world, forge }),
  };
}

async function untilRecorded({ url }: RunningDaemon, forge: ForgeServer, number: number): Promise<void> {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const wanted = headOf(forge, number);
  let seen = "";
  await waitFor(
    async () => {
      const answer = await fetch(`${url}/api/v1/targets/prod/requests/${number}`, { headers });
      seen = await answer.text();
      return answer.ok && JSON.parse(seen).review.head === wanted;
    },
    () => seen,
  );
}

type Told = Parameters<ForgeServer["deliver"]>[2];

function openActs({
  world,
  forge,
  deliver,
  targets,
}: {
  readonly world: DaemonWorld;
  readonly forge: ForgeServer;
  readonly deliver: (event: Told) => Promise<void>;
  readonly targets: number;
}): Pick<ForgedWorld, "propose" | "pushTo" | "merge" | "autoMerge" | "say" | "tell" | "holdRounds" | "betweenRounds"> {
  const { repository } = world;
  const holdRounds: ForgedWorld["holdRounds"] = (which = {}) =>
    forge.hold({ call: /^GET \S+\/(pulls|merge_requests)\?(.*&)?state=open/, ...which });
  const place = (number: number, sha: string) => {
    const ref = forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
    repository.point(ref, sha);
  };
  const tell = (number: number, action: "edited" | "closed" | "reopened") =>
    deliver({ kind: "request", number, action });
  return {
    propose: async (branch, files, { author = "mona", title = branch, base = "main", ...more } = {}) => {
      // By its branch, no commit is another request's as well.
      const sha = repository.push(files, { branch, from: "main", message: `Change\n\nOn ${branch}\n` });
      const number = forge.openRequest({ title, author, branch, base, sha, ...more });
      place(number, sha);
      await deliver({ kind: "request", number, action: "opened" });
      return number;
    },
    pushTo: async (number, files, commit = {}) => {
      const sha = repository.push(files, { branch: branchOf(forge, number) });
      place(number, sha);
      forge.changeRequest(number, { sha, commit });
      await deliver({ kind: "request", number, action: "pushed" });
      return sha;
    },
    merge: async (number, by) => {
      const branch = branchOf(forge, number);
      const commit = repository.merge(branch);
      forge.merge(number, by, commit);
      await deliver({ kind: "push", branch: "main", sha: commit });
      return commit;
    },
    autoMerge: (number, by) => {
      let commit: string | null = null;
      forge.onStatus((sha) => {
        const request = forge.requests().find((one) => one.number === number);
        const states = forge.statuses(sha).map(({ state }) => state);
        const isGreen = states.length === 2 && states.every((state) => state === "success");
        if (commit !== null || request?.sha !== sha || request.state !== "open" || !isGreen) return;
        commit = repository.merge(request.branch);
        forge.merge(number, by, commit);
        // Nobody waits for a forge to tell; the test may be over.
        deliver({ kind: "push", branch: "main", sha: commit }).catch(() => undefined);
      });
      return () => commit;
    },
    say: async (number, author, body) => {
      const comment = forge.comment(number, author, body);
      await deliver({ kind: "comment", number, comment });
      return comment;
    },
    ...{ tell, holdRounds },
    betweenRounds: async (number, act) => {
      const held = holdRounds();
      await tell(number, "edited");
      await held.arrived(targets);
      const done = await act();
      held.release();
      return done;
    },
  };
}

function headOf(forge: ForgeServer, number: number): string {
  return forge.requests().find((request) => request.number === number)?.sha ?? "";
}

function branchOf(forge: ForgeServer, number: number): string {
  return forge.requests().find((request) => request.number === number)?.branch ?? "";
}

function openSights({
  world,
  forge,
}: Pick<ForgedWorld, "world" | "forge">): Pick<
  ForgedWorld,
  "head" | "sticky" | "comment" | "status" | "untilSaid" | "untilStatus" | "untilReacted" | "digest"
> {
  const head = (number: number) => headOf(forge, number);
  const sticky = (number: number, target = "prod") =>
    forge
      .comments(number)
      .filter(({ author, body }) => author === forge.self && body.startsWith(`<!-- poolkeeper:${target} -->`))
      .map(({ body }) => body);
  const comment = (number: number) => sticky(number).join("\n=====\n");
  const status = (number: number, which: "plan" | "apply") => {
    const found = forge.statuses(head(number)).find(({ context }) => context === `poolkeeper/${which}`);
    return found === undefined ? "" : `${found.state}: ${found.description}`;
  };
  const explain = (number: number) => () =>
    [
      ...[
        comment(number),
        JSON.stringify(forge.comments(number).map(({ author, body }) => [author, body.slice(0, 99)])),
      ],
      ...[status(number, "plan"), status(number, "apply"), ...world.log.slice(-20)],
      ...forge
        .calls()
        .slice(-30)
        .map((call) => `${call.method} ${call.path}`),
    ].join("\n");
  return {
    ...{ head, sticky, comment, status },
    untilSaid: (number, text) =>
      waitFor(
        () => (typeof text === "string" ? comment(number).includes(text) : text.test(comment(number))),
        explain(number),
      ),
    untilStatus: (number, which, text) => waitFor(() => text.test(status(number, which)), explain(number)),
    untilReacted: (number, id, reaction) =>
      waitFor(() => forge.reactions(number, id).some((name) => reaction.test(name)), explain(number)),
    digest: (number) => /digest `([0-9a-f]{32})/.exec(comment(number))?.[1] ?? "",
  };
}

function describeSettings(world: DaemonWorld, forge: ForgeServer, given: ForgedSettings): Settings {
  const { kind = "gitea", requests = {}, settings = {}, targets } = given;
  const repository = {
    webhook: { forge: kind, secret: { env: "HOOK_SECRET" } },
    pull_requests: {
      ...{ forge: kind, url: forge.url, repository: forge.repository, token: { env: "FORGE_TOKEN" } },
      ...requests,
    },
    ...settings.repository,
  };
  const whole = { ...settings, repository };
  if (targets === undefined) return whole;
  const [usual] = JSON.parse(world.describe(whole)).targets;
  return { ...whole, file: { ...settings.file, targets: targets(usual) } };
}
