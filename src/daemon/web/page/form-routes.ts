import type { FastifyInstance } from "fastify";
import type { Role } from "../../../model/daemon/daemon-config.ts";
import type { Actor, DaemonService } from "../../../model/daemon/daemon-service.ts";
import { readDestination } from "../../../model/daemon/destination.ts";
import { validateText } from "../answers/compile-on-use.ts";
import { takeAnswer } from "../answers/take-answer.ts";
import { WebError } from "../answers/web-error.ts";
import { readAddress } from "../api/read-address.ts";
import { PLAN_DIGEST, REASON, TARGET_NAME } from "../api/request-schemas.ts";
import { type PageOptions, requireForm, requireSender } from "./page-access.ts";
import { PAUSE_HOURS } from "./render-actions.ts";

/** The message of a page after a form was accepted, by the word in its URL. */
export const DONE_WORDS: ReadonlyMap<string, string> = new Map([
  ["approved", "The plan is approved."],
  ["rejected", "The plan is rejected."],
  ["paused", "Paused."],
  [
    "paused-nothing",
    "Paused. No object has this address now, so the pause has no effect until one does. Check the name.",
  ],
  ["resumed", "Resumed."],
  ["reconcile", "Reconcile requested. The result appears here."],
]);

/** The fields of a form, checked by its schema. */
type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Sent {
  readonly param: string;
  readonly fields: Fields;
  readonly actor: Actor;
}

interface FormRoute {
  readonly url: string;
  readonly role: Role;
  readonly param: Readonly<Record<string, object>>;
  readonly fields: Readonly<Record<string, object>>;
  readonly required: readonly string[];
  readonly done: string;
  /** Gives the target whose page is shown then, and what it says where that is not `done`. */
  readonly act: (
    service: DaemonService,
    sent: Sent,
    now: Date,
  ) => Promise<string | { readonly target: string; readonly done: string }>;
}

const OPTIONAL_TEXT = { type: "string", maxLength: 400 };

const FORM_ROUTES: readonly FormRoute[] = [
  {
    url: "/plans/:param/approve",
    role: "approve",
    param: { param: PLAN_DIGEST },
    fields: {
      target: TARGET_NAME,
      decided: { type: "string", pattern: "^[0-9]{1,9}$" },
      overrides: { type: "array", maxItems: 50, items: { type: "string", maxLength: 200 } },
    },
    required: [],
    done: "approved",
    async act(service, { param, fields, actor }) {
      const overrides = Array.isArray(fields.overrides) ? fields.overrides : [];
      const decided = fields.decided === undefined ? undefined : Number(text(fields.decided));
      const target = text(fields.target) || undefined;
      return takeAnswer(await service.approve(param, { overrides, target, decided }, actor)).target;
    },
  },
  {
    url: "/plans/:param/reject",
    role: "approve",
    param: { param: PLAN_DIGEST },
    fields: { target: TARGET_NAME, reason: REASON },
    required: ["reason"],
    done: "rejected",
    act: async (service, { param, fields, actor }) =>
      takeAnswer(
        await service.reject(param, { reason: text(fields.reason), target: text(fields.target) || undefined }, actor),
      ).target,
  },
  {
    url: "/targets/:param/pause",
    role: "operate",
    param: { param: TARGET_NAME },
    fields: { reason: REASON, hours: { enum: PAUSE_HOURS.map(([hours]) => String(hours)) }, address: OPTIONAL_TEXT },
    required: ["reason", "hours"],
    done: "paused",
    async act(service, { param, fields, actor }, now) {
      const hours = Number(fields.hours);
      const until = hours === 0 ? null : new Date(now.getTime() + hours * 3_600_000).toISOString();
      const options = { address: readAddress(text(fields.address)), reason: text(fields.reason), until };
      const { target, warning } = takeAnswer(await service.pause(param, options, actor));
      return warning === null ? target : { target, done: "paused-nothing" };
    },
  },
  {
    url: "/targets/:param/resume",
    role: "operate",
    param: { param: TARGET_NAME },
    fields: { address: OPTIONAL_TEXT },
    required: [],
    done: "resumed",
    async act(service, { param, fields, actor }) {
      takeAnswer(await service.resume(param, { address: readAddress(text(fields.address)) }, actor));
      return param;
    },
  },
  {
    url: "/targets/:param/reconcile",
    role: "operate",
    param: { param: TARGET_NAME },
    fields: { revision: { type: "string", pattern: "^([0-9a-f]{7,64})?$" }, follow: { enum: ["yes"] } },
    required: [],
    done: "reconcile",
    async act(service, { param, fields, actor }) {
      // A field that is left empty is not filled in: only the button follows the branch again.
      const written = readDestination(text(fields.revision) || null);
      const destination = fields.follow === "yes" ? ({ kind: "follow" } as const) : written;
      takeAnswer(await service.reconcile(param, destination, actor));
      return param;
    },
  },
];

/** The forms of the pages: each takes a session, its role, and the token that was put in the form. */
export function registerForms(scope: FastifyInstance, service: DaemonService, options: PageOptions): void {
  for (const route of FORM_ROUTES) {
    scope.post(route.url, {
      schema: { params: object(route.param, ["param"]), body: bodyOf(route) },
      validatorCompiler: validateText,
      onRequest: async (request) => void (await requireSender(request, options)),
      // Before the fields are read: a cross-site form learns nothing.
      preValidation: async (request) => {
        const { caller } = await requireForm(request, options, route.role);
        request.actor = { ...caller, via: "page" };
      },
      async handler(request, reply) {
        if (request.actor === null) throw new WebError("unauthorized", "Sign in first.");
        const { param } = request.params as { readonly param: string };
        const sent = { param, fields: request.body as Fields, actor: request.actor };
        const acted = await route.act(service, sent, options.now());
        const { target, done } = typeof acted === "string" ? { target: acted, done: route.done } : acted;
        return reply.redirect(`/targets/${encodeURIComponent(target)}?done=${done}`, 303);
      },
    });
  }
}

function bodyOf({ fields, required }: FormRoute): object {
  return object({ ...fields, form_token: { type: "string", maxLength: 200 } }, [...required, "form_token"]);
}

function object(properties: object, required: readonly string[]): object {
  return { type: "object", properties, required, additionalProperties: false };
}

function text(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : "";
}
