import { OperationalError } from "../../model/errors/operational-error.ts";
import { readNumber, readSha } from "../../pull-requests/ci/ci-run.ts";
import { writeResult } from "../output/write-result.ts";
import { readBounded } from "./read-bounded.ts";

/** What a job without a token saves of its request for the job that comments. Its reader verifies it: a fork may have written it. */
export interface RequestFile {
  readonly repository: string;
  readonly number: number;
  readonly head: string;
  readonly base: string | null;
}

const FORMAT = "1.0";
const MOST_BYTES = 10_000;

/** Writes it. Throws an OperationalError `unwritable_file`. */
export function writeRequestFile(file: string, { repository, number, head, base }: RequestFile): void {
  const content = { format_version: FORMAT, repository, number, head, base };
  writeResult(file, `${JSON.stringify(content, undefined, 2)}\n`, "The request");
}

/** Reads it; a link is refused. Throws an OperationalError `request_file_invalid` or `result_unreadable`. */
export function readRequestFile(file: string): RequestFile {
  const fields = parse(readBounded(file, { most: MOST_BYTES, untrusted: true }));
  const number = readNumber(fields.number);
  const head = readSha(fields.head);
  const base = fields.base === null ? null : readSha(fields.base);
  const { repository } = fields;
  const isWhole = fields.base === null || base !== null;
  if (
    fields.format_version !== FORMAT ||
    typeof repository !== "string" ||
    number === null ||
    head === null ||
    !isWhole
  )
    throw new OperationalError(
      "request_file_invalid",
      `${file} does not identify a request. Write it with poolkeeper pr-comment --metadata-out, in the job that plans.`,
      { next: "stop" },
    );
  return { repository, number, head, base };
}

function parse(content: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}
