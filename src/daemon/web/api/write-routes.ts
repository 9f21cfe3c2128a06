import { readDestination } from "../../../model/daemon/destination.ts";
import { takeAnswer } from "../answers/take-answer.ts";
import { type WriteRoute, writeRoute } from "./api-route.ts";
import { readAddress, readMoment } from "./read-address.ts";
import { record, refer } from "./record-schemas.ts";
import {
  ADDRESS,
  bodyOf,
  DECIDED,
  MOMENT,
  PLAN_DIGEST,
  PLAN_TARGET,
  REASON,
  REVISION,
  TARGET_NAME,
} from "./request-schemas.ts";

const OVERRIDES = {
  type: "array",
  maxItems: 50,
  uniqueItems: true,
  items: { type: "string", minLength: 1, maxLength: 200 },
  description: "Names of failed checks and of holds to override once",
};

/** The writing routes of the API, each with the role that it needs. */
export const WRITE_ROUTES: readonly WriteRoute[] = [
  writeRoute<{
    readonly digest: string;
    readonly target?: string;
    readonly overrides?: readonly string[];
    readonly decided?: number;
  }>({
    url: "/api/v1/approvals",
    id: "approvePlan",
    summary: "Approves a plan: it is applied once, and its remainder in later passes",
    role: "approve",
    params: {},
    body: bodyOf({ digest: PLAN_DIGEST, target: PLAN_TARGET, overrides: OVERRIDES, decided: DECIDED }, ["digest"]),
    status: 201,
    answer: refer("Approval"),
    write: async ({ service, body: { digest, target, overrides = [], decided } }, actor) =>
      takeAnswer(await service.approve(digest, { overrides, target, decided }, actor)),
  }),
  writeRoute<{ readonly digest: string; readonly target?: string; readonly reason: string }>({
    url: "/api/v1/rejections",
    id: "rejectPlan",
    summary: "Rejects a plan: it is not applied, and no approval is requested for it again",
    role: "approve",
    params: {},
    body: bodyOf({ digest: PLAN_DIGEST, target: PLAN_TARGET, reason: REASON }, ["digest", "reason"]),
    status: 201,
    answer: refer("Approval"),
    write: async ({ service, body: { digest, target, reason } }, actor) =>
      takeAnswer(await service.reject(digest, { reason, target }, actor)),
  }),
  writeRoute<{ readonly address?: string | null; readonly until?: string | null; readonly reason: string }>({
    url: "/api/v1/targets/:name/pause",
    id: "pauseTarget",
    summary: "Pauses a target, or one of its objects",
    role: "operate",
    params: { name: TARGET_NAME },
    body: bodyOf({ address: ADDRESS, until: MOMENT, reason: REASON }, ["reason"]),
    status: 201,
    answer: refer("GivenPause"),
    async write({ service, now, params: { name = "" }, body }, actor) {
      const options = { address: readAddress(body.address), reason: body.reason, until: readMoment(body.until, now) };
      return takeAnswer(await service.pause(name, options, actor));
    },
  }),
  writeRoute<{ readonly address?: string | null }>({
    url: "/api/v1/targets/:name/resume",
    id: "resumeTarget",
    summary: "Lifts the pause of a target, or of one of its objects",
    role: "operate",
    params: { name: TARGET_NAME },
    body: bodyOf({ address: ADDRESS }, []),
    status: 200,
    answer: record({ ended: { type: "integer", minimum: 0, description: "How many pauses were lifted" } }),
    async write({ service, params: { name = "" }, body }, actor) {
      const options = { address: readAddress(body.address) };
      return { ended: takeAnswer(await service.resume(name, options, actor)) };
    },
  }),
  writeRoute<{ readonly revision?: string | null }>({
    url: "/api/v1/targets/:name/reconcile",
    id: "reconcileTarget",
    summary: "Requests a pass now, or a rollback to an earlier revision",
    role: "operate",
    params: { name: TARGET_NAME },
    body: bodyOf({ revision: REVISION }, []),
    status: 202,
    answer: record({
      id: { type: "string", description: "Of the recorded request" },
      at: {
        type: "string",
        description: "When it was recorded, ISO 8601: a pass that began then or later considers it",
      },
    }),
    async write({ service, params: { name = "" }, body }, actor) {
      return takeAnswer(await service.reconcile(name, readDestination(body.revision ?? null), actor));
    },
  }),
];
