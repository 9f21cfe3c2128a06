import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { DaemonService } from "../../../model/daemon/daemon-service.ts";
import type { KeptPlan } from "../../../model/passes/pass.ts";
import type { Prospect } from "../../../model/plan/foresight.ts";
import { describeRead } from "../access/describe-read.ts";
import { describeError } from "../answers/describe-error.ts";
import { readWritten } from "../answers/read-written.ts";
import { takeAnswer } from "../answers/take-answer.ts";
import { WebError } from "../answers/web-error.ts";
import { PICTURE_POLICY } from "../api/api-route.ts";
import { readAddress } from "../api/read-address.ts";
import { LARGEST_NUMBER } from "../api/request-schemas.ts";
import { DONE_WORDS, registerForms } from "./form-routes.ts";
import { anonymousContext, type PageOptions, readContext } from "./page-access.ts";
import { ASSETS } from "./page-assets.ts";
import type { PageContext } from "./page-context.ts";
import { renderOverview } from "./render-overview.ts";
import { renderPassPage } from "./render-pass.ts";
import { renderPlanPage } from "./render-plan.ts";
import { nameProblem } from "./render-problem.ts";
import { renderRequestPage } from "./render-request.ts";
import { renderTarget, renderUnreadTarget } from "./render-target.ts";
import { MOST_SHOWN, renderWrittenPage } from "./render-written.ts";
import { registerSignIn } from "./sign-in-routes.ts";

/** Runs that wrote which a target's page shows. */
const SHOWN_RUNS = 20;

/** Placeholder picture for a target without routing data. */
const NO_PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="420" height="60" font-family="system-ui, sans-serif" font-size="14"><text x="16" y="35" fill="#818b98">No routing data yet</text></svg>`;

/** The status page: targets, plans, passes, the forms on them, and signing in. */
export function registerPages(app: FastifyInstance, service: DaemonService, options: PageOptions): void {
  registerAssets(app);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.register(formbody, { bodyLimit: options.limits.body_bytes });
    scope.register(async (forms) => {
      registerSignIn(forms, options);
      registerForms(forms, service, options);
    });
    registerViews(scope, service, options);
  });
}

function registerAssets(app: FastifyInstance): void {
  for (const { path, type, text } of ASSETS) {
    app.get(path, { config: { rateLimit: false } }, async (_request, reply) =>
      reply.type(type).header("cache-control", "public, max-age=31536000, immutable").send(text),
    );
  }
}

function registerViews(app: FastifyInstance, service: DaemonService, options: PageOptions): void {
  app.register(async (scope) => {
    scope.addHook("onRequest", async (request) => {
      await options.identify.requireReader(request);
    });
    const read = async (
      request: FastifyRequest,
      render: (context: PageContext) => Promise<string>,
      asked: unknown = null,
    ) => {
      const context = await readContext(request, options);
      /** As bytes, which all who asked share. */
      const page = async () => Buffer.from(await render(context));
      return options.pace(describeRead(request, [asked, context.viewer]), page);
    };
    scope.get("/", async (request, reply) =>
      sendPage(reply, await read(request, async (context) => renderOverview(context, await service.overview()))),
    );
    scope.get("/targets/:name", async (request, reply) => {
      const { name } = request.params as { readonly name: string };
      const { done } = request.query as { readonly done?: unknown };
      const words = typeof done === "string" ? (DONE_WORDS.get(done) ?? null) : null;
      try {
        const page = await read(request, (context) => readTargetPage(service, context, { name, done: words }), words);
        return await sendPage(reply, page);
      } catch (error) {
        return sendUnread(error, { service, options, request, reply, name });
      }
    });
    scope.get("/targets/:name/written", async (request, reply) => {
      const { name } = request.params as { readonly name: string };
      const { address: asked } = request.query as { readonly address?: unknown };
      const address = readAddress(typeof asked === "string" ? asked : null);
      const render = async (context: PageContext) => {
        const asked = { address, place: null, since: null, limit: MOST_SHOWN };
        const { entries, more } = found(await readWritten(service, name, asked), "target");
        const answer = address === null ? null : await service.blame(name, address);
        const blame = answer?.ok === true ? answer.value : null;
        return renderWrittenPage(context, { target: name, address, entries, more, blame });
      };
      return sendPage(reply, await read(request, render, address));
    });
    scope.get("/targets/:name/requests/:number", async (request, reply) => {
      const { name, number } = request.params as { readonly name: string; readonly number: string };
      const render = async (context: PageContext) => {
        const detail = isRequestNumber(number) ? await service.request(name, Number(number)) : null;
        return renderRequestPage(context, found(detail, "request"));
      };
      return sendPage(reply, await read(request, render));
    });
    scope.get("/targets/:name/picture.svg", async (request, reply) => {
      const { name } = request.params as { readonly name: string };
      const picture = (await service.picture(name)) ?? (found(await service.target(name), "target") && NO_PICTURE);
      return reply.type("image/svg+xml").header("content-security-policy", PICTURE_POLICY).send(picture);
    });
    scope.get("/plans/:digest", async (request, reply) => {
      const { digest } = request.params as { readonly digest: string };
      const { target: asked } = request.query as { readonly target?: unknown };
      const target = typeof asked === "string" ? asked : undefined;
      const render = async (context: PageContext) => {
        const kept = takeAnswer(await service.plan(digest, target));
        const detail = await service.target(kept.target);
        const prospect = detail === null ? null : await foresee(service, context, kept);
        return renderPlanPage(context, { kept, detail, prospect });
      };
      return sendPage(reply, await read(request, render, target));
    });
    scope.get("/passes/:id", async (request, reply) => {
      const { id } = request.params as { readonly id: string };
      const render = async (context: PageContext) => {
        const pass = found(await service.pass(id), "pass");
        const plan = pass.digest === null ? null : await service.plan(pass.digest, pass.target);
        return renderPassPage(context, pass, plan?.ok === true ? plan.value.plan : null);
      };
      return sendPage(reply, await read(request, render));
    });
  });
}

async function readTargetPage(
  service: DaemonService,
  context: PageContext,
  { name, done }: { readonly name: string; readonly done: string | null },
): Promise<string> {
  const detail = found(await service.target(name), "target");
  const requests = await service.requests(name);
  const runs = (await service.runs(name, SHOWN_RUNS)) ?? [];
  const prospect = await foresee(service, context, detail.plan);
  return renderTarget(context, { detail, prospect, requests, runs, done });
}

/** What is in memory of a target whose page can't be read from the store; throws any other error again. */
async function sendUnread(
  error: unknown,
  asked: {
    readonly service: DaemonService;
    readonly options: PageOptions;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly name: string;
  },
): Promise<FastifyReply> {
  const { service, options, request, reply, name } = asked;
  // Who gets here may read: their token or session was checked before.
  const refusal = error instanceof Error ? describeError(error, { mayRead: true }) : null;
  if (refusal?.code !== "unavailable") throw error;
  const overview = (await service.overview()).find(({ target }) => target === name);
  if (overview === undefined) throw error;
  request.log.error({ err: error, request_id: request.id }, "request failed");
  const context = await readContext(request, options).catch(() => anonymousContext(options));
  const problem = { title: nameProblem(refusal), message: refusal.message };
  if (refusal.retry_after !== null) reply.header("retry-after", refusal.retry_after);
  return sendPage(reply.code(refusal.statusCode), renderUnreadTarget(context, overview, problem));
}

/** What the viewer may decide about a plan; null where the viewer is not signed in, or it is unknown. */
async function foresee(
  service: DaemonService,
  { viewer: { caller } }: PageContext,
  kept: KeptPlan | null,
): Promise<Prospect | null> {
  if (kept === null || caller === null) return null;
  const answer = await service.foresee(kept.digest, kept.target, caller);
  return answer.ok ? answer.value : null;
}

/** Any other value is ignored. */
function isRequestNumber(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= LARGEST_NUMBER;
}

function sendPage(reply: FastifyReply, page: unknown): FastifyReply {
  return reply.type("text/html; charset=utf-8").send(page);
}

function found<T>(value: T | null, what: string): T {
  if (value !== null) return value;
  throw new WebError(
    "not_found",
    `The ${what} was not found; it may have been removed, or be older than the retention time.`,
  );
}
