import { posix } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Review, ReviewVerdict } from "../../model/reviews/review.ts";
import { partByOrigin } from "../../pull-requests/review/part-by-origin.ts";
import type { FoundRequest } from "./find-request.ts";
import type { NamedResult } from "./name-results.ts";
import { type ReadResultOptions, type Result, readResultFile } from "./read-result-file.ts";

/** A result that was read. */
export interface NamedVerdict extends NamedResult {
  readonly result: Result;
}

/** Reads the results. Throws what {@link readResultFile} throws. */
export function readResults(named: readonly NamedResult[], options: ReadResultOptions): readonly NamedVerdict[] {
  return named.map((entry) => ({ ...entry, result: readResultFile(entry.file, options) }));
}

/** What a review says beside its result. */
export interface ReviewFacts {
  readonly request: Pick<FoundRequest, "head" | "base" | "page">;
  /** Whether the request comes from another repository. */
  readonly fork: boolean;
  /** Whether the result is the word of a fork's own job. */
  readonly isUnproven: boolean;
  /** Folder of the manifests in the repository, which paths in annotations start with. */
  readonly path: string;
  readonly now: Date;
}

/**
 * The review of one result. Where the manifests are valid and there is no plan, a request of a fork has not been planned; any other
 * has lost its plan, and an OperationalError `not_planned` says so.
 */
export function buildReview(
  { name, file, result }: NamedVerdict,
  { request, fork, isUnproven, path, now }: ReviewFacts,
): Review {
  return {
    target: name,
    head: request.head,
    base: request.base,
    verdict: toVerdict(result, { file, fork, path }),
    outcome: null,
    approval: "merge",
    approved: null,
    from_ci: true,
    ...(isUnproven ? { unverified: true } : {}),
    made_at: now.toISOString(),
    version: packageJson.version,
    page: request.page,
  };
}

function toVerdict(result: Result, { file, fork, path }: VerdictFacts): ReviewVerdict {
  switch (result.kind) {
    case "planned":
      return { kind: "planned", plan: result.plan, parts: partByOrigin(result.plan), overlaps: [] };
    case "failed":
      return result;
    case "checked":
      if (result.diagnostics.some(({ severity }) => severity === "error")) {
        const folder = path.replace(/^\/+/, "");
        const place = (diagnostic: Diagnostic) => ({ ...diagnostic, file: posix.join(folder, diagnostic.file) });
        return { kind: "invalid", diagnostics: result.diagnostics.map(place) };
      }
      if (fork) return { kind: "skipped", reason: "fork" };
      throw new OperationalError(
        "not_planned",
        `${file} says that the manifests are valid, which is no plan. ${PLAN}`,
        {
          next: "stop",
        },
      );
  }
}

interface VerdictFacts extends Pick<ReviewFacts, "fork" | "path"> {
  readonly file: string;
}

const PLAN = "Pass the output of poolkeeper plan DIR --json.";
