import { forReader } from "../access/has-role.ts";
import { readWritten } from "../answers/read-written.ts";
import { takeAnswer } from "../answers/take-answer.ts";
import { WebError } from "../answers/web-error.ts";
import type { ReadRoute } from "./api-route.ts";
import { readAddress } from "./read-address.ts";
import { listOfRecords, record, refer } from "./record-schemas.ts";
import {
  limit,
  OBJECT,
  PLACE,
  PLAN_DIGEST,
  PLAN_TARGET,
  REQUEST_NUMBER,
  SINCE,
  TARGET_NAME,
} from "./request-schemas.ts";

/** What can be read over the API. */
export const READ_ROUTES: readonly ReadRoute[] = [
  {
    method: "GET",
    url: "/api/v1/targets",
    id: "listTargets",
    summary: "All targets at a glance",
    params: {},
    query: {},
    status: 200,
    answer: record({ targets: listOfRecords("TargetOverview") }),
    read: async ({ service, reader }) => ({
      targets: (await service.overview()).map((overview) => forReader(overview, reader)),
    }),
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name",
    id: "getTarget",
    summary: "Everything of one target: its plan, passes, history and audit",
    params: { name: TARGET_NAME },
    query: {},
    status: 200,
    answer: refer("TargetDetail"),
    read: async ({ service, reader, params }) =>
      forReader(found(await service.target(params.name ?? ""), "target"), reader),
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/passes",
    id: "listPasses",
    summary: "Passes of a target, newest first",
    params: { name: TARGET_NAME },
    query: { limit: limit(50) },
    status: 200,
    answer: record({ passes: listOfRecords("Pass") }),
    async read({ service, params: { name = "" }, query }) {
      const passes = await service.passes(name, Number(query.limit));
      // A target without a pass yet is not an unknown one.
      if (passes.length === 0) found(await service.target(name), "target");
      return { passes };
    },
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/changes",
    id: "listChanges",
    summary: "Every write of a target, and of commands to its control plane; of all objects or one",
    params: { name: TARGET_NAME },
    query: { address: OBJECT, place: PLACE, since: SINCE, limit: limit(50) },
    status: 200,
    answer: record({ entries: listOfRecords("ChangeEntry"), more: { type: "boolean" } }),
    async read({ service, params: { name = "" }, query: { address, place, since, limit: most } }) {
      const asked = {
        address: readAddress(address === undefined ? null : String(address)),
        place: place === undefined ? null : String(place),
        since: since === undefined ? null : Number(since),
        limit: Number(most),
      };
      return found(await readWritten(service, name, asked), "target");
    },
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/runs",
    id: "listRuns",
    summary: "Passes and commands that wrote, by decision, the most recent first",
    params: { name: TARGET_NAME },
    query: { limit: limit(50) },
    status: 200,
    answer: record({ runs: listOfRecords("RunWrites") }),
    read: async ({ service, params: { name = "" }, query }) => ({
      runs: found(await service.runs(name, Number(query.limit)), "target"),
    }),
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/blame",
    id: "blameObject",
    summary: "Which commit, approval and time each field of an object comes from, and whether live differs",
    params: { name: TARGET_NAME },
    query: { address: OBJECT },
    status: 200,
    answer: refer("Blame"),
    async read({ service, params: { name = "" }, query }) {
      const address = readAddress(query.address === undefined ? null : String(query.address));
      if (address === null) throw new WebError("invalid", "Specify the object: ?address=KIND.NAME");
      return takeAnswer(await service.blame(name, address));
    },
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/requests",
    id: "listRequests",
    summary: "Pull requests of a target that are open or not settled yet, by number",
    params: { name: TARGET_NAME },
    query: {},
    status: 200,
    answer: record({ requests: listOfRecords("Request") }),
    async read({ service, params: { name = "" } }) {
      const requests = await service.requests(name);
      if (requests.length === 0) found(await service.target(name), "target");
      return { requests };
    },
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/requests/:number",
    id: "getRequest",
    summary: "A pull request with its whole plan, including one that has ended",
    params: { name: TARGET_NAME, number: REQUEST_NUMBER },
    query: {},
    status: 200,
    answer: refer("RequestDetail"),
    read: async ({ service, params: { name = "", number } }) =>
      found(await service.request(name, Number(number)), "request"),
  },
  {
    method: "GET",
    url: "/api/v1/targets/:name/picture.svg",
    id: "drawTarget",
    summary: "A picture of the target's routing, with the changes of its latest plan",
    params: { name: TARGET_NAME },
    query: {},
    status: 200,
    answer: null,
    media_type: "image/svg+xml",
    read: async ({ service, params }) => found(await service.picture(params.name ?? ""), "picture"),
  },
  {
    method: "GET",
    url: "/api/v1/passes/:id",
    id: "getPass",
    summary: "The progress and result of one pass",
    params: { id: { type: "string", minLength: 1, maxLength: 100 } },
    query: {},
    status: 200,
    answer: refer("Pass"),
    read: async ({ service, params }) => found(await service.pass(params.id ?? ""), "pass"),
  },
  {
    method: "GET",
    url: "/api/v1/plans/:digest",
    id: "getPlan",
    summary: "A plan by its digest",
    params: { digest: PLAN_DIGEST },
    query: { target: PLAN_TARGET },
    status: 200,
    answer: refer("KeptPlan"),
    read: async ({ service, params, query }) =>
      takeAnswer(
        await service.plan(params.digest ?? "", query.target === undefined ? undefined : String(query.target)),
      ),
  },
  {
    method: "GET",
    url: "/api/v1/plans/:digest/approval",
    id: "foreseeApproval",
    summary: "What the caller may decide about a plan, the effect of an approval, and the overrides it needs",
    params: { digest: PLAN_DIGEST },
    query: { target: PLAN_TARGET },
    status: 200,
    answer: refer("Prospect"),
    read: async ({ service, reader, params, query: { target } }) =>
      takeAnswer(await service.foresee(params.digest ?? "", target === undefined ? undefined : String(target), reader)),
  },
  {
    method: "GET",
    url: "/api/v1/next",
    id: "listNextSteps",
    summary: "The next actions of the caller for each target, as ready-to-run commands",
    params: {},
    query: {},
    status: 200,
    answer: record({ next: listOfRecords("NextStep") }),
    read: async ({ service, reader }) => ({ next: await service.next(reader) }),
  },
  {
    method: "GET",
    url: "/api/v1/audit",
    id: "listAudit",
    summary: "The audit, newest first, with the writes of passes and commands",
    params: {},
    query: { target: TARGET_NAME, limit: limit(100) },
    status: 200,
    answer: record({ entries: listOfRecords("AuditEntry") }),
    read: async ({ service, query: { target, limit: most } }) => ({
      entries: await service.audit(target === undefined ? null : String(target), Number(most)),
    }),
  },
];

function found<T>(value: T | null, what: string): T {
  if (value !== null) return value;
  throw new WebError("not_found", `The ${what} was not found.`);
}
