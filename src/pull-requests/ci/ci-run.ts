import type { ForgeKind } from "../../model/daemon/forge-kind.ts";

/** The description of a job in its CI's variables. Contains no secret. */
export interface CiRun {
  readonly kind: ForgeKind;
  /** The public URL of the forge; null: unknown. */
  readonly url: string | null;
  /** `owner/name` of the repository that the request is made to; null: unknown. */
  readonly repository: string | null;
  readonly event: CiEvent;
  /** The page of the job or run, with its log and artefacts; null: unknown. */
  readonly page: string | null;
}

/** The repository that a request's head is in, by the forge's own word. */
export interface RunOrigin {
  /** `owner/name`; null: it is gone, or the forge does not name it. */
  readonly repository: string | null;
}

/** What the job runs for. */
export type CiEvent =
  | {
      readonly kind: "request";
      readonly number: number;
      /** The request's newest commit. */
      readonly head: string;
      /** The commit of the base branch that the files were merged into; null: they are the head's own, or it is unknown. */
      readonly base: string | null;
      readonly origin: RunOrigin;
    }
  /**
   * Another run ended, which was for a request and may have run code of a fork. `head`, `branch` and `origin` are the forge's own word, which
   * no fork can forge; `page` is that run's.
   */
  | {
      readonly kind: "after_run";
      readonly head: string;
      readonly branch: string | null;
      readonly origin: RunOrigin;
      readonly page: string | null;
    }
  /** The request of the job is unknown. */
  | { readonly kind: "group"; readonly head: string; readonly base: string | null; readonly pipeline: number | null }
  /** A push, a schedule, or any other job without a request. */
  | { readonly kind: "other"; readonly name: string };

/** Names of variables to values, as a process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable's text; null where it is unset, or empty as CIs leave it. */
export function readVariable(env: Variables, name: string): string | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : value;
}

/** The text of a commit's full name (SHA-1 or SHA-256) in lower case; null for anything else. */
export function readSha(value: unknown): string | null {
  return typeof value === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value) ? value : null;
}

/** A request's number; null for anything else. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : null;
}
