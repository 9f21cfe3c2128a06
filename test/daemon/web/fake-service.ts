import { createHash } from "node:crypto";
import type { Pause } from "../../../src/model/daemon/daemon-records.ts";
import type {
  Actor,
  Answer,
  DaemonEvent,
  DaemonService,
  RequestDetail,
  TargetDetail,
  TargetOverview,
} from "../../../src/model/daemon/daemon-service.ts";
import { EMPTY_LOG, foldBlame, foldEntries } from "../../../src/model/ledger/blame.ts";
import { type ChangeEntry, nameObject, type RunWrites } from "../../../src/model/ledger/change-log.ts";
import type { Approval } from "../../../src/model/passes/approval.ts";
import type { AuditEntry } from "../../../src/model/passes/audit-entry.ts";
import type { KeptPlan, PassRecord } from "../../../src/model/passes/pass.ts";
import type { Prospect } from "../../../src/model/plan/foresight.ts";
import { explainBadDigest } from "../../../src/model/text/digest-digits.ts";

/** Something that was asked of the service, as a test looks at it. */
export interface Asked {
  readonly what: "approve" | "reject" | "pause" | "resume" | "reconcile";
  readonly of: string;
  readonly options: unknown;
  readonly actor: Actor;
}

/** A service over fixed targets, which notes what it is asked for and can tell what happens. */
export interface FakeService extends DaemonService {
  readonly asked: readonly Asked[];
  readonly deliveries: readonly string[];
  /** How many listen now. */
  readonly listeners: number;
  emit(event: DaemonEvent): void;
  /** Puts another state of a target in place. */
  put(detail: TargetDetail): void;
  /** What the next reads do in place of answering. */
  failWith(error: Error | null): void;
  /** What is said of decisions on a target's plan; until then approvals run for those who may. */
  foreseeAs(target: string, prospect: Partial<Prospect>): void;
  /** What approvals, pauses and the like are refused with, from now on. */
  refuseWith(refusal: { readonly code: string; readonly message: string } | null): void;
}

export interface FakeOptions {
  readonly targets: readonly TargetDetail[];
  readonly webhooks?: Readonly<
    Record<string, { readonly forge: "github" | "gitlab" | "gitea"; readonly secret: string }>
  >;
  readonly picture?: string | null;
  /** Of all targets. */
  readonly requests?: readonly RequestDetail[];
  readonly problems?: readonly string[];
  /** The change log, of whichever target. */
  readonly changes?: readonly ChangeEntry[];
  /** What wrote them. */
  readonly runs?: readonly RunWrites[];
}

const RUNS: Prospect = {
  ...{ kind: "runs", at: null, message: "", offers: [], refused: { approve: null, reject: null } },
  ...{ approved: null, rejected: null, decided: 0, command: null },
};
const AT = "2026-11-05T09:30:00.000Z";

/** Builds it. */
export function createFakeService(options: FakeOptions): FakeService {
  const { targets, webhooks = {}, picture = null, requests = [], problems = [], changes = [], runs = [] } = options;
  const details = new Map(targets.map((detail) => [detail.target, detail]));
  const foresights = new Map<string, Partial<Prospect>>();
  const asked: Asked[] = [];
  const deliveries: string[] = [];
  const ended = new Set<string>();
  const epochs = new Map<string, number>();
  const listeners = new Set<(event: DaemonEvent) => void>();
  let failure: Error | null = null;
  let refusal: { readonly code: string; readonly message: string } | null = null;
  const read = () => {
    if (failure !== null) throw failure;
    return [...details.values()];
  };
  const answer = <T>(entry: Asked, value: T): Answer<T> => {
    asked.push(entry);
    return refusal === null ? { ok: true, value } : { ok: false, ...refusal };
  };
  const findPlan = (digest: string): Answer<KeptPlan> => {
    const fault = explainBadDigest(digest);
    if (fault !== null) return { ok: false, code: "invalid", message: fault };
    const plans = read().flatMap(({ plan }) => (plan?.digest.startsWith(digest) === true ? [plan] : []));
    const [first, second] = plans;
    if (first === undefined) return { ok: false, code: "not_found", message: `No plan begins with ${digest}.` };
    if (second === undefined) return { ok: true, value: first };
    return { ok: false, code: "ambiguous", message: `Several plans begin with ${digest}; give more of it.` };
  };
  const decide = (what: "approve" | "reject", digest: string, options: object, actor: Actor): Answer<Approval> => {
    const plan = findPlan(digest);
    if (!plan.ok) return plan;
    const overrides = "overrides" in options ? (options.overrides as readonly string[]) : [];
    return answer(
      { what, of: digest, options, actor },
      makeApproval(plan.value, { by: actor.name, via: actor.via, overrides }),
    );
  };
  const known = <T>(target: string, make: () => Answer<T>): Answer<T> =>
    details.has(target) ? make() : { ok: false, code: "not_found", message: `Target ${target} not found.` };
  return {
    version: "1.2.3",
    asked,
    deliveries,
    get listeners() {
      return listeners.size;
    },
    emit: (event) => {
      for (const listen of listeners) listen(event);
    },
    put: (detail) => void details.set(detail.target, detail),
    failWith: (error) => {
      failure = error;
    },
    foreseeAs: (target, prospect) => void foresights.set(target, prospect),
    refuseWith: (given) => {
      refusal = given;
    },
    overview: async () => read().map(toOverview),
    target: async (name) => read().find(({ target }) => target === name) ?? null,
    plan: async (digest) => findPlan(digest),
    passes: async (name, limit) => readPasses(read(), name).slice(0, limit),
    pass: async (id) =>
      read()
        .flatMap(({ passes }) => passes)
        .find((pass) => pass.id === id) ?? null,
    changes: async (name, { address, since, limit }) =>
      details.has(name)
        ? changes
            .filter((entry) => address === null || [entry.address, nameObject(entry)].includes(address))
            .filter(({ seq }) => since === null || seq > since)
            .sort((one, other) => (since === null ? other.seq - one.seq : one.seq - other.seq))
            .slice(0, limit)
        : null,
    runs: async (name, limit) => (details.has(name) ? runs.slice(0, limit) : null),
    blame: async (name, address) =>
      known(name, () => {
        const entries = changes.filter((entry) => [entry.address, nameObject(entry)].includes(address));
        const value = foldBlame(address, {
          log: foldEntries(EMPTY_LOG, entries),
          object: null,
          look: null,
          log_began: changes[0]?.at ?? null,
        });
        return value === null ? { ok: false, code: "not_found", message: "Nothing." } : { ok: true, value };
      }),
    audit: async (name, limit) => readAudit(read(), name).slice(0, limit),
    requests: async (name) => requests.map(({ record }) => record).filter(({ target }) => target === name),
    request: async (name, number) =>
      requests.find(({ record }) => record.target === name && record.number === number) ?? null,
    picture: async (name) => (details.has(name) ? picture : null),
    foresee: async (digest, _target, reader) => {
      const plan = findPlan(digest);
      if (!plan.ok) return plan;
      const forbidden = reader?.role === "approve" ? null : { code: "not_allowed", message: "Ask mira." };
      const refused = { approve: forbidden, reject: forbidden };
      return { ok: true, value: { ...RUNS, refused, ...foresights.get(plan.value.target) } };
    },
    next: async () => read().map(({ target }) => ({ target, message: "Approves the plan.", command: null })),
    approve: async (digest, options, actor) => decide("approve", digest, options, actor),
    reject: async (digest, options, actor) => decide("reject", digest, options, actor),
    pause: async (target, options, actor) =>
      known(target, () =>
        answer({ what: "pause", of: target, options, actor }, { ...makePause(target, options, actor), warning: null }),
      ),
    resume: async (target, options, actor) =>
      known(target, () => answer({ what: "resume", of: target, options, actor }, 1)),
    reconcile: async (target, options, actor) =>
      known(target, () =>
        answer({ what: "reconcile", of: target, options, actor }, { id: `request-${asked.length}`, at: AT }),
      ),
    async pushed(target, delivery) {
      if (failure !== null) throw failure;
      const key = `${target} ${delivery}`;
      if (deliveries.includes(key)) return { kind: "repeated" };
      deliveries.push(key);
      return { kind: "new" };
    },
    webhookOf: (target) => (Object.hasOwn(webhooks, target) ? (webhooks[target] ?? null) : null),
    sessionState: async (token, id) => {
      if (failure !== null) throw failure;
      return { epoch: epochs.get(token) ?? 0, ended: ended.has(id) };
    },
    endSession: async (id) => void ended.add(id),
    endSessions: async ({ name }) => void epochs.set(name, (epochs.get(name) ?? 0) + 1),
    subscribe(listen, signal) {
      listeners.add(listen);
      signal.addEventListener("abort", () => listeners.delete(listen));
    },
    readiness: async () => ({ ready: problems.length === 0, problems }),
  };
}

function toOverview({
  plan: _plan,
  passes: _passes,
  applied: _applied,
  audit: _audit,
  ...overview
}: TargetDetail): TargetOverview {
  return overview;
}

function readPasses(details: readonly TargetDetail[], name: string): readonly PassRecord[] {
  return details.find(({ target }) => target === name)?.passes ?? [];
}

function readAudit(details: readonly TargetDetail[], name: string | null): readonly AuditEntry[] {
  return details.filter(({ target }) => name === null || target === name).flatMap(({ audit }) => audit);
}

/** An open approval of a plan. */
export function makeApproval(
  { target, digest, revision }: KeptPlan,
  { by, via, overrides = [] }: { readonly by: string; readonly via: string; readonly overrides?: readonly string[] },
): Approval {
  const id = createHash("sha256").update(digest).digest("hex").slice(0, 12);
  const expires_at = "2026-11-06T09:30:00.000Z";
  return { id, target, digest, revision, by, via, at: AT, expires_at, overrides, state: "open" };
}

function makePause(
  target: string,
  { address, reason, until }: Pick<Pause, "address" | "reason" | "until">,
  { name }: Actor,
): Pause {
  return { id: "pause-1", target, address, by: name, reason, at: AT, until };
}
