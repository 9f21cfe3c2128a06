/**
 * The attacker reads what poolkeeper puts out, and has a server that poolkeeper sends a credential to, or can make one repeat it: as it is,
 * encoded, as the value of its header, or within something longer, at any place of its words. Nothing that is put out holds six
 * letters of it in a row.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVault, drawVaultKey } from "../../src/sealing/create-vault.ts";
import { redactErrors } from "../../src/sealing/seal-systems.ts";
import { createFailure } from "../../src/systems/http/create-failure.ts";
import { listAddressSecrets } from "../../src/systems/http/list-address-secrets.ts";
import { redactCredentials } from "../../src/systems/http/redact-credentials.ts";
import { everythingOf, failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { openGitWorld } from "../systems/delivery/git-world.ts";
import { ECHOING_SYSTEMS } from "./echoing-servers.ts";

/** What may stand in a header; without the letter that other words consist of. */
const SECRETS = fc.string({
  unit: fc.constantFrom(..."abcXYZ019-._~!$&'()*+,;=:@/?%#[]\"\\<>^`{|}"),
  minLength: 12,
  maxLength: 50,
});

/** What a server repeats, and what of it is secret. */
interface Repeated {
  readonly text: string;
  readonly hidden: string;
}

const whole = (text: string): Repeated => ({ text, hidden: text });
const base64 = (text: string, kind: "base64" | "base64url" = "base64") => Buffer.from(text).toString(kind);
const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);

/** The secret within a longer text in base64: the letters that are of it alone. */
function within(before: string, secret: string, after: string): Repeated {
  const text = base64(`${before}${secret}${after}`);
  const [start, end] = [Buffer.from(before).length, Buffer.from(before + secret).length];
  return { text, hidden: text.slice(Math.ceil((start * 8) / 6), Math.floor((end * 8) / 6)) };
}

/** As servers repeat a secret that was sent by itself, or with a user. */
const REPEATS: Readonly<Record<string, (secret: string, user: string | undefined) => Repeated>> = {
  "as it is": whole,
  "in JSON": (secret) => whole(JSON.stringify(secret).slice(1, -1)),
  "URL-encoded": (secret) => whole(encodeURIComponent(secret)),
  "as a form": (secret) => whole(form(secret)),
  "in base64": (secret) => whole(base64(secret)),
  "in base64 of URLs": (secret) => whole(base64(secret, "base64url")),
  "URL-encoded in base64": (secret) => whole(base64(encodeURIComponent(secret))),
  "in base64 with its user": (secret, user = "") => whole(base64(user === "" ? secret : `${user}:${secret}`)),
  "URL-encoded in base64 with its user": (secret, user = "") =>
    whole(base64(user === "" ? secret : `${user}:${encodeURIComponent(secret)}`)),
  "as a form in base64 with its user": (secret, user = "") =>
    whole(base64(user === "" ? secret : `${user}:${form(secret)}`)),
  "with its user": (secret, user = "robot") => ({ text: `${user}:${secret}`, hidden: secret }),
  "with its scheme": (secret) => ({ text: `Bearer ${secret}`, hidden: secret }),
  "within an API key": (secret) => within("acme.example.com:robot-7:", secret, ":acme"),
  "within an API key at another place": (secret) => within("dns:///acme.example.com:robot:", secret, ":None"),
};

/** Where something may be cut: limits of what is shown, kept, read and looked at. */
const LIMITS = [0, 200, 500, 4_000, 4_096, 8_000, 16_000, 12_000, 32_000, 40_000, 64_000];

/** The words that a server says: letters of its own, then the secret so that a limit falls on it, or close to it. */
const PLACES = fc.record({
  limit: fc.constantFrom(...LIMITS),
  /** How much of what is repeated stands before the limit. */
  before: fc.integer({ min: -60, max: 120 }),
  after: fc.constantFrom("", " refused", "x".repeat(300), ` ${"x".repeat(9_000)}`),
  blank: fc.constantFrom("x", " ", "x\n", "é"),
});

type Place = typeof PLACES extends fc.Arbitrary<infer T> ? T : never;

function place({ limit, before, after, blank }: Place) {
  const length = Math.max(0, limit - before);
  return { start: `remote: ${blank.repeat(length / blank.length)} `.slice(-Math.max(1, length)), after };
}

/** What we ask for ourselves, and name in the output: letters of it may be a secret's by chance. */
const ASKED = "filters=ne%28project.identifier%2C-%29";

/** The first six letters in a row that an output has of what is hidden; undefined: none. */
function findLeak(put: string, hidden: string): string | undefined {
  const output = put.replaceAll(ASKED, "");
  for (let at = 0; at + 6 <= hidden.length; at += 1) {
    if (output.includes(hidden.slice(at, at + 6))) return `${hidden.slice(at, at + 6)} in ${output.slice(0, 2_000)}`;
  }
  return undefined;
}

describe.each(ECHOING_SYSTEMS)("$name that repeats what it was sent", ({ start, user, runs }) => {
  test.each(Object.entries(REPEATS))("%s is not repeated by us", async (_name, repeat) => {
    const call = await start();
    const secret = 'q7Zk$w/9+b c&ü"Pp0'.replace(/[^\x21-\x7e]/g, "~");
    const { text, hidden } = repeat(secret, user);
    const output = await call(secret, `the credential ${text} is unknown`);
    expect(findLeak(output, hidden)).toBeUndefined();
    expect(output).toContain("***");
  });

  test("shows no part of it, wherever it is cut", async () => {
    const call = await start();
    const property = fc.asyncProperty(
      SECRETS,
      fc.constantFrom(...Object.values(REPEATS)),
      PLACES,
      async (secret, repeat, at) => {
        const { text, hidden } = repeat(secret, user);
        const { start: before, after } = place(at);
        expect(findLeak(await call(secret, `${before}${text}${after}`), hidden)).toBeUndefined();
      },
    );
    // What looks like a part of what we ask for ourselves.
    const alike: Place = { limit: 0, before: 0, after: "", blank: "x" };
    await fc.assert(property, { numRuns: runs, examples: [[",-#canary", (secret) => whole(form(secret)), alike]] });
  });
});

describe("parts of the address of a webhook", () => {
  test("are secrets: steps, values of the query and the fragment, user and password, encoded or not", () => {
    const url =
      "https://u5er-name:p4ss%24word@hooks.example.com/services/T0/Path%2FCanary?sig=Sig+Canary%21&x=1#tok=Frag%20Canary";
    const secrets = listAddressSecrets(url);
    for (const part of [
      ...["u5er-name", "p4ss$word", "p4ss%24word", "Path/Canary", "Path%2FCanary", "Sig Canary!", "Sig+Canary%21"],
      ...["Frag Canary", "Frag%20Canary", "hooks.example.com", url, base64("u5er-name:p4ss$word")],
    ]) {
      expect(redactCredentials(`unknown ${part}.`, secrets)).toBe("unknown ***.");
    }
  });
});

describe("values that are sealed after a client is opened", () => {
  const redactAll = async (secret: string, call: () => Promise<unknown>) => {
    const vault = createVault({ key: drawVaultKey(), isSensitive: () => true });
    vault.seal(["settings", "x"], secret);
    return everythingOf(await failureOf(redactErrors({ call }, vault).call()));
  };

  test("show no half where the words of a server are cut", async () => {
    const entry = { summary: "refused it", remedy: "Look.", next: "stop", unreached: false, ambiguous: false } as const;
    const failed = { call: "PUT /x", server: "It", endpoint: "http://x", write: true, redact: (text: string) => text };
    const property = fc.asyncProperty(SECRETS, PLACES, async (secret, at) => {
      const { start, after } = place(at);
      const details = { words: `${start}${secret}${after}`, maybeSent: true };
      const output = await redactAll(secret, async () => {
        throw createFailure("refused", entry, failed, details);
      });
      expect(findLeak(output, secret)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("show no half where those of a git server are", async () => {
    const secret = "sealed-value-of-helm-0123456789";
    let words = "";
    const port = await serve((_request, response) => {
      response.writeHead(403, { "content-type": "text/plain" }).end(words);
    });
    const sink = openGitWorld().sink({ url: `http://127.0.0.1:${port}/output.git` });
    for (const cut of [465, 480, 490]) {
      words = `${"x".repeat(cut)} ${secret}`;
      const output = await redactAll(secret, () => sink.readDelivered(["a.yaml"]));
      expect(findLeak(output, secret)).toBeUndefined();
    }
  });
});
