import { verify } from "node:crypto";
import { NOT_FOUND } from "./github-routes.ts";
import type { GithubServerOptions } from "./github-server.ts";

/** Who calls. `integration`: an App's installation or a workflow's token. */
export interface GithubAccount {
  readonly kind: "person" | "integration";
  readonly login: string;
}

interface TokenAnswer {
  readonly status: number;
  readonly data: unknown;
}

const HOUR_MS = 3_600_000;
/** GitHub takes no signature that would count for longer. */
const LONGEST_SIGNATURE_SECONDS = 600;

/** The tokens that the server takes, and the App that gets new ones. */
export class GithubTokens {
  readonly token: string;
  readonly self: string;
  readonly issued: string[] = [];
  readonly #known = new Map<string, { readonly account: GithubAccount; readonly until: number }>();
  readonly #app: GithubServerOptions["app"];
  #isRevoked = false;
  #permissions: Readonly<Record<string, string>> = {
    ...{ checks: "write", pull_requests: "write", statuses: "write", metadata: "read" },
  };

  constructor({ tokenOf = "person", app }: GithubServerOptions) {
    const isPerson = tokenOf === "person";
    this.token = isPerson ? "github_pat_11AAAAAA0_contract" : "ghs_contractOfAWorkflowRun";
    this.#app = app;
    const login = isPerson ? "poolkeeper-bot" : "github-actions[bot]";
    this.self = app === undefined ? login : `${app.slug}[bot]`;
    this.#known.set(this.token, { account: { kind: isPerson ? "person" : "integration", login }, until: Infinity });
  }

  find(authorization: string): GithubAccount | null {
    const found = this.#known.get(authorization.replace(/^(bearer|token) /i, ""));
    return found === undefined || found.until < Date.now() ? null : found.account;
  }

  /** The App may administer the repository from now on. */
  promote(): void {
    this.#permissions = { ...this.#permissions, administration: "write" };
  }

  /** Takes every token back, and the App's installation with them. */
  revoke(): void {
    this.#known.clear();
    this.#isRevoked = true;
  }

  /** Takes back what installations were given; the App gets new ones. */
  revokeIssued(): void {
    for (const token of this.issued) this.#known.delete(token);
  }

  /** What only the App itself may call; null: something else is called. */
  serve(method: string, path: string, authorization: string): TokenAnswer | null {
    const exchange = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path);
    const isApp = method === "GET" && path === "/app";
    const isInstallation = method === "GET" && /^\/app\/installations\/\d+$/.test(path);
    if (!isApp && !isInstallation && (exchange === null || method !== "POST")) return null;
    const app = this.#app;
    if (app === undefined || this.#isRevoked || !isSigned(authorization.replace(/^bearer /i, ""), app)) {
      return { status: 401, data: { message: "A JSON web token could not be decoded" } };
    }
    if (isApp) return { status: 200, data: { id: app.id, slug: app.slug, name: app.slug } };
    if (isInstallation) return { status: 200, data: { id: app.installation, permissions: this.#permissions } };
    return Number(exchange?.[1]) === app.installation ? this.#issue() : NOT_FOUND;
  }

  #issue(): TokenAnswer {
    const token = `ghs_installation${this.issued.length + 1}OfContract`;
    const until = Date.now() + HOUR_MS;
    this.issued.push(token);
    this.#known.set(token, { account: { kind: "integration", login: this.self }, until });
    const expires_at = new Date(until).toISOString();
    return { status: 201, data: { token, expires_at, permissions: this.#permissions } };
  }
}

function isSigned(token: string, app: NonNullable<GithubServerOptions["app"]>): boolean {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const key = app.publicKey;
  const isOurs = verify("RSA-SHA256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
  if (!isOurs) return false;
  const { iss, exp } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  const now = Date.now() / 1000;
  return String(iss) === String(app.id) && exp > now && exp - now <= LONGEST_SIGNATURE_SECONDS;
}
