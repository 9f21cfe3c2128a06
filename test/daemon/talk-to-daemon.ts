import type { Role } from "../../src/model/daemon/daemon-config.ts";
import type { DaemonEvent, TargetDetail } from "../../src/model/daemon/daemon-service.ts";
import type { Status } from "../../src/model/passes/status.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { type FollowedEvents, followEvents } from "./follow-events.ts";

/** Tokens of the tests, by role; `other` may approve, too. */
export const TOKENS: Readonly<Record<Role | "other", string>> = {
  read: "token-of-a-reader-0001",
  operate: "token-of-an-operator-0001",
  approve: "token-of-an-approver-0001",
  other: "token-of-another-approver-0001",
};

/** What a daemon answered. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A daemon as those outside see it. */
export interface Talk {
  readonly url: string;
  /** The target, `prod` unless another one is named. */
  readonly target: (name?: string) => Promise<TargetDetail>;
  /** Asks for something below `/api/v1`. */
  readonly send: (path: string, body: object, as?: keyof typeof TOKENS) => Promise<Answered>;
  /** Waits until the target is so; a failure says how it was. */
  readonly until: (is: (target: TargetDetail) => boolean, name?: string) => Promise<TargetDetail>;
  /** Waits until the target has a status, of a revision where one is given. */
  readonly untilState: (state: Status["state"], revision?: string) => Promise<TargetDetail>;
  /** Waits until a revision is applied and nothing is left to do. */
  readonly untilApplied: (revision: string) => Promise<TargetDetail>;
  /**
   * Asks for a pass over the target, `prod` unless another one is named, and waits until one has ended that began after that: one that was
   * under way may have read everything before.
   */
  readonly reconciled: (name?: string) => Promise<TargetDetail>;
  /** Approves the plan that there is. */
  readonly approve: (overrides?: readonly string[], as?: keyof typeof TOKENS) => Promise<Answered>;
}

/** A daemon that is asked has work to do for the answer. */
const ASKING_MS = 150;

/** What has no event, such as what another replica does, is seen by asking without one. */
const WITHOUT_EVENT_MS = 1_000;

const READER = { authorization: `Bearer ${TOKENS.read}` };

function describe({ status, last_pass, running, approvals, applied, audit }: TargetDetail): string {
  const acts = audit.map(({ action, who, via }) => `${action} by ${who}, ${via}`);
  const revisions = applied.map(({ revision }) => revision);
  const pass = last_pass === null ? null : { ...last_pass, outcome: last_pass.outcome.kind };
  return JSON.stringify({ status, pass, running, approvals, revisions, acts }, undefined, 1);
}

/** That an answer has its documented form is for the tests of the API. */
function trustDetail(value: unknown): TargetDetail {
  return value as TargetDetail;
}

function trustBody(value: unknown): Answered["body"] {
  return value as Answered["body"];
}

/** Talks to the daemon at an address. */
export function talkTo(url: string): Talk {
  const get = (path: string) => fetch(`${url}${path}`, { headers: READER });
  const read = async (path: string): Promise<TargetDetail> => {
    let response = await get(path);
    // The store of a busy machine may not answer at once: clients are told to come back.
    const isThere = async () => {
      if (response.status === 503) response = await get(path);
      return response.status !== 503;
    };
    await waitFor(isThere, () => `${path}: ${response.status}`, ASKING_MS);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return trustDetail(await response.json());
  };
  const target: Talk["target"] = (name = "prod") => read(`/api/v1/targets/${name}`);
  const send: Talk["send"] = async (path, body, as = "operate") => {
    const headers = { authorization: `Bearer ${TOKENS[as]}`, "content-type": "application/json" };
    const response = await fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: trustBody(await response.json()) };
  };
  let events: FollowedEvents | null = null;
  const until: Talk["until"] = async (is, name = "prod") => {
    events ??= followEvents(url, READER);
    const { count, wait } = events;
    let from = count();
    let seen = await target(name);
    let isNew = true;
    // A pass has many events, and what is running is all that they change.
    const mayChange = (event: DaemonEvent) =>
      event.target === name && (event.type !== "pass" || is({ ...seen, running: event.running }));
    const isSo = async () => {
      if (!isNew) {
        from = count();
        seen = await target(name);
      }
      isNew = false;
      return is(seen);
    };
    await waitFor(
      isSo,
      () => `${is}\n${describe(seen)}`,
      WITHOUT_EVENT_MS,
      (signal) => wait(from, mayChange, signal),
    );
    return seen;
  };
  return {
    ...{ url, target, send, until },
    untilState: (state, revision) =>
      until(
        ({ status, last_pass }) =>
          status.state === state && (revision === undefined || last_pass?.revision === revision),
      ),
    untilApplied: (revision) =>
      until(({ applied_revision, status }) => applied_revision === revision && status.state === "Synced"),
    reconciled: async (name = "prod") => {
      await send(`/targets/${name}/reconcile`, {});
      const { audit } = await target(name);
      // By the store's clock, as passes are.
      const asked = audit.find(({ action }) => action === "reconcile")?.at ?? "";
      return until(({ last_pass }) => asked !== "" && (last_pass?.started_at ?? "") >= asked, name);
    },
    approve: async (overrides = [], as = "approve") => {
      const { last_pass } = await target();
      // As the page and the command line do: what was shown says who rejected it.
      const shown = await fetch(`${url}/api/v1/plans/${last_pass?.digest}/approval?target=prod`, {
        headers: { authorization: `Bearer ${TOKENS[as]}` },
      });
      const { decided } = (await shown.json()) as { readonly decided?: number };
      return send("/approvals", { digest: last_pass?.digest, overrides, decided }, as);
    },
  };
}
