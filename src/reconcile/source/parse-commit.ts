import { copyText } from "../../model/text/copy-text.ts";

/** A commit as git stores it, taken apart. */
export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  /** First line of the message, cut at 200 characters, without control characters. */
  readonly subject: string;
  /** `Name <address>` of the author, without control characters. */
  readonly author: string;
  /** When it was committed, ISO 8601 in UTC. */
  readonly at: string;
  /** The texts of its signature headers; more than one is none that can be trusted. */
  readonly signatures: readonly string[];
  /** What a signature is over: the commit without its signature headers. */
  readonly payload: Buffer;
}

interface Header {
  readonly name: string;
  readonly value: string;
  /** The bytes of the header with its line break. */
  readonly bytes: Buffer;
}

const SIGNATURES = ["gpgsig", "gpgsig-sha256"];
const LONGEST_SUBJECT = 200;
/** A merge has a parent for each branch. What follows is read as text, so that no signature covers less than all of it. */
const MOST_HEADERS = 1_000;

/** Takes a commit apart. What is missing in it is "", or the begin of time. */
export function parseCommit(id: string, bytes: Buffer): Commit {
  const { headers, rest } = splitHeaders(bytes);
  const find = (name: string) => headers.find((header) => header.name === name)?.value ?? "";
  const unsigned = headers.filter(({ name }) => !SIGNATURES.includes(name));
  const message = rest.toString("utf8").replace(/^\n+/, "");
  return {
    id,
    parents: headers.filter(({ name }) => name === "parent").map(({ value }) => value),
    subject: begin(message.split("\n", 1)[0] ?? ""),
    author: begin(find("author").replace(/ -?\d+ [+-]\d+$/, "")),
    at: readTime(find("committer")),
    signatures: headers.filter(({ name }) => SIGNATURES.includes(name)).map(({ value }) => value),
    payload: Buffer.concat([...unsigned.map((header) => header.bytes), rest]),
  };
}

/** Headers go to the first empty line; a line that begins with a blank continues the one before. */
function splitHeaders(bytes: Buffer): { readonly headers: readonly Header[]; readonly rest: Buffer } {
  const headers: Header[] = [];
  let start = 0;
  while (start < bytes.length && bytes[start] !== 0x0a && headers.length < MOST_HEADERS) {
    let end = endOfLine(bytes, start);
    while (bytes[end] === 0x20) end = endOfLine(bytes, end);
    const text = bytes.toString("utf8", start, end).replace(/\n$/, "");
    const blank = text.indexOf(" ");
    const name = blank < 0 ? text : text.slice(0, blank);
    const value = blank < 0 ? "" : text.slice(blank + 1).replaceAll("\n ", "\n");
    headers.push({ name, value, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return { headers, rest: bytes.subarray(start) };
}

function endOfLine(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(0x0a, from);
  return found < 0 ? bytes.length : found + 1;
}

function readTime(line: string): string {
  const seconds = Number(/ (-?\d{1,12}) [+-]\d+$/.exec(line)?.[1] ?? 0);
  return new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString();
}

/** It is kept, and the rest of the commit is not. */
function begin(line: string): string {
  const shown = line.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, " ").trim();
  return copyText(shown.slice(0, LONGEST_SUBJECT));
}
