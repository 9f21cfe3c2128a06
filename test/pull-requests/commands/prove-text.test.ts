import { describe, expect, test } from "vitest";
import { proveText } from "../../../src/pull-requests/commands/prove-text.ts";
import type { CommentEdit } from "../../../src/pull-requests/forge/forge.ts";

const PLACE = "gitea acme/pools on git.example.com";
const NOW = "2026-01-01T00:10:00.000Z";
const comment = { id: "7", author: "Ada", body: "poolkeeper approve 12", created_at: "2026-01-01T00:00:00.000Z" };
const command = { name: "approve", digest: "12" } as const;

interface Given {
  readonly edit?: CommentEdit;
  readonly told?: { readonly who?: string; readonly said?: string; readonly written?: string };
  readonly webhook?: boolean;
  readonly unverified?: "refuse" | "accept";
  readonly since?: string;
}

async function prove({ edit = { kind: "unknown" }, told, webhook = true, unverified = "refuse", since }: Given) {
  const { who = "ada", said = "poolkeeper approve 12", written = "2026-01-01T00:00:00.000Z" } = told ?? {};
  const entry = { place: PLACE, comment: "7", written, number: 1, by: who, said, at: NOW };
  const proof = await proveText(
    {
      forge: { readEdit: async () => edit },
      records: {
        now: async () => NOW,
        readReported: async (place, number) => (place === PLACE && number === 1 && told ? [entry] : []),
      },
      peers: [
        { target: "prod", branch: "main", webhook },
        { target: "stage", branch: "main", webhook },
      ],
      config: { unverified_comments: unverified },
    },
    { place: PLACE, ...(since === undefined ? {} : { awaited: { "7": since } }) },
    { number: 1, command, comment },
  );
  return proof.kind;
}

describe("the command in a comment", () => {
  test("is its author's where the forge knows that nobody edited it, and not where somebody did, whatever else is told", async () => {
    expect(await prove({ edit: { kind: "none" } })).toBe("proven");
    expect(await prove({ edit: { kind: "edited", by: "ada" }, told: {} })).toBe("edited");
    expect(await prove({ edit: { kind: "edited", by: null }, unverified: "accept" })).toBe("edited");
  });

  test("is its author's where a webhook told the same of the same author, to any target of the repository", async () => {
    expect(await prove({ told: {} })).toBe("proven");
    expect(await prove({ told: { said: "poolkeeper reject 12" } })).toBe("edited");
    expect(await prove({ told: { said: "poolkeeper approve 34" } })).toBe("edited");
    expect(await prove({ told: { who: "mallory" } })).toBe("edited");
    // Of another comment, which had the id before the forge was restored.
    expect(await prove({ told: { written: "2025-12-31T23:59:58.000Z" } })).toBe("awaited");
  });

  test("waits a minute for the webhook, where there is one", async () => {
    expect(await prove({})).toBe("awaited");
    expect(await prove({ since: "2026-01-01T00:09:00.001Z" })).toBe("awaited");
    expect(await prove({ since: "2026-01-01T00:09:00.000Z" })).toBe("unproven");
    expect(await prove({ webhook: false })).toBe("unproven");
  });

  test("is taken without a proof where the configuration says so", async () => {
    expect(await prove({ webhook: false, unverified: "accept" })).toBe("proven");
  });
});
