import { describe, expect, test } from "vitest";
import { findCredentials, holdsCredential } from "../../../src/model/secrets/find-credentials.ts";

const cut = (text: string) => findCredentials(text).map(({ start, end }) => text.slice(start, end));
/** Put together here, so that no scanner takes this file for a leak. */
const made = (...parts: readonly string[]) => parts.join("");
const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl";
const letters = (count: number, of = "a1B2") => of.repeat(count).slice(0, count);

/** What a credential may stand beside. */
const SEPARATORS = [..." \n\t=:/_-.,;|\"'()[]{}<>@#&+~\\%^$!?*`é"];
/** How signs are written in addresses, JSON, logs, terminals, mails and pages. Each ends with a letter or a digit, or may be followed by one. */
const ESCAPES = [
  ...["%3D", "%3d", "%20", "%0A", "%253D", "%25253d", "%u003D", "=3D", "=C3=A9"],
  ...[
    "\\n",
    "\\t",
    "\\r",
    "\\\\n",
    "\\\\\\\\n",
    '\\"',
    "\\/",
    "\\u000a",
    "\\u003D",
    "\\\\u003d",
    "\\x3D",
    "\\0",
    "\\075",
  ],
  ...[
    "\u001b[31m",
    "\u001b[0;1;31m",
    "\u001b[0K",
    "\u001b[m",
    "[31m",
    "\\u001b[31m",
    "\\x1b[31m",
    "\\033[31m",
    "\\e[0m",
  ],
  ...["^M", "^[[31m", "#012", "&#10;", "&#x3D;", "&#061;", "&amp;#61;", "&quot;"],
  ...["\\U0000003D", "\\\\U0000003d", "\\u{3d}", "\\x{3d}"],
];

/** What stands within a text and no eye sees, and where a line is broken for its length alone. */
const UNSEEN = [
  ..."\u200b\u00ad\u2060\ufeff\u200d\u202e\ufe0f\u3164\u0000\u007f\u{e0041}",
  ...[
    "\u001b[0m",
    "\u001b[0;1;31m",
    "\u001b[K",
    "\\u001b[0m",
    "\\x1b[0m",
    "\\033[0m",
    "\\e[0m",
    "%1B[0m",
    "^[[0m",
    "^@",
  ],
  ...[
    "\\u200b",
    "\\u{200b}",
    "\\U0000200b",
    "&#8203;",
    "&#xAD;",
    "&amp;#8203;",
    "%E2%80%8B",
    "%C2%AD",
    "=E2=80=8B",
    "\\342\\200\\213",
  ],
  ...["=\n", "=\r\n", "\\\n", "\\\r\n  "],
];

function codeOf(sign: string, digits: number): string {
  return sign.charCodeAt(0).toString(16).padStart(digits, "0");
}

/** The letters of a stretch that no finding covers. */
function leftOf(text: string, start: number, length: number): readonly string[] {
  const shown = [...text].fill("");
  for (let at = start; at < start + length; at += 1) shown[at] = text.charAt(at);
  for (const found of findCredentials(text)) shown.fill("", found.start, found.end);
  return shown.filter((letter) => letter !== "");
}

/** Of each known form. */
const KNOWN: readonly (readonly [string, string])[] = [
  ["GitHub", made("ghp_", letters(36))],
  ["GitHub, of an installation", made("ghs_", letters(36))],
  ["GitHub, fine-grained", made("github_pat_", letters(22), "_", letters(59))],
  ["GitLab", made("glpat-", letters(20))],
  ["Slack", made("xoxb-", "123456789012-", letters(24))],
  ["Slack's webhooks", made("hooks.slack.com/services/T0/B0/", letters(24))],
  ["AWS", made("AKIA", letters(16, "A2B3"))],
  ["Google", made("AIza", letters(35))],
  ["Stripe", made("sk_live_", letters(24))],
  ["npm", made("npm_", letters(36))],
  ["PyPI", made("pypi-", letters(60))],
  ["Hugging Face", made("hf_", letters(34))],
  ["Docker", made("dckr_pat_", letters(27))],
  ["Vault", made("hvs.", letters(24))],
  ["SendGrid", made("SG.", letters(22), ".", letters(43))],
  ["a model's API", made("sk-proj-", letters(48))],
  ["GitLab, to refresh one", made("glrtr-", letters(27))],
  ["GitLab's runners, of before", made("GR1348941", letters(20))],
  ["Grafana", made("glsa_", letters(32), "_06d85c52")],
  ["Atlassian", made("ATATT3xFfGF0", letters(180))],
  ["Sentry", made("sntrys_", letters(76))],
  ["Doppler", made("dp.pt.", letters(43))],
  ["Shopify", made("shpat_", letters(32, "ab01"))],
  ["Linear", made("lin_api_", letters(40))],
  ["Terraform", made(letters(14), ".atlasv1.", letters(64))],
  ["Figma", made("figd_", letters(40))],
  ["Postman", made("PMAK-", letters(24, "ab01"), "-", letters(34, "ab01"))],
  ["PlanetScale", made("pscale_pw_", letters(43))],
  ["New Relic", made("NRAK-", letters(27, "A1B2"))],
  ["Buildkite", made("bkua_", letters(40, "ab01"))],
  ["CircleCI", made("CCIPAT_", letters(22), "_", letters(40, "ab01"))],
  ["Pulumi", made("pul-", letters(40, "ab01"))],
  ["Brevo", made("xkeysib-", letters(64, "ab01"), "-", letters(16))],
  ["Render", made("rnd_", letters(32))],
  ["Tailscale", made("tskey-auth-", letters(12), "-", letters(30))],
  ["Twilio", made("SK", letters(32, "ab01"))],
  ["Fly", made("fo1_", letters(43))],
  ["Discord's webhooks", made("discord.com/api/webhooks/1234567890/", letters(68))],
  ["Teams' webhooks", made("webhook.office.com/webhookb2/", letters(60))],
  ["a signed token", TOKEN],
  ["a signed token in base64", Buffer.from(TOKEN).toString("base64")],
  ["a private key in base64", Buffer.from("-----BEGIN PRIVATE KEY-----\nabc").toString("base64")],
  ["an elliptic private key in base64", Buffer.from("-----BEGIN EC PRIVATE KEY-----\nabc").toString("base64")],
  ["Slack's applications", made("xapp-", "1-A0", letters(24))],
  ["Google, to sign in", made("GOCSPX-", letters(28))],
  ["Google, for an hour", made("ya29.", letters(40))],
  ["DigitalOcean", made("dop_v1_", letters(64, "ab01"))],
  ["Databricks", made("dapi", letters(32, "ab01"))],
  ["age", made("AGE-SECRET-KEY-1", letters(58, "A1B2"))],
  ["Doppler, of a person", made("dp.ct.", letters(43))],
  ["Telegram", made("123456789:AA", letters(33))],
];

describe("a credential by its form", () => {
  test.each(KNOWN)("of %s is found wherever it stands, and nothing beside it", (_whose, credential) => {
    for (const text of [
      credential,
      `x=${credential}`,
      `"${credential}" # note`,
      `Bearer ${credential}\n`,
      `a-${credential}`,
    ]) {
      expect(cut(text)).toEqual([credential]);
    }
  });

  test.each(KNOWN)("of %s is found directly behind and before each escape and separator", (_whose, credential) => {
    for (const sign of [...SEPARATORS, ...ESCAPES]) {
      for (const [before, after] of [
        [`x${sign}`, " more"],
        ["", `${sign} more`],
      ] as const) {
        const text = `${before}${credential}${after}`;
        expect([text, ...leftOf(text, before.length, credential.length)]).toEqual([text]);
        expect([text, cut(text).at(-1)]).toEqual([text, expect.not.stringContaining("more")]);
      }
    }
  });

  test.each(KNOWN)("of %s is found where its own signs are escaped", (_whose, credential) => {
    for (const write of [
      (sign: string) => `%${codeOf(sign, 2)}`,
      (sign: string) => `%25${codeOf(sign, 2)}`,
      (sign: string) => `\\u${codeOf(sign, 4)}`,
      (sign: string) => `\\x${codeOf(sign, 2)}`,
      (sign: string) => `\\U${codeOf(sign, 8)}`,
      (sign: string) => `\\u{${codeOf(sign, 1)}}`,
      (sign: string) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`,
      (sign: string) => `&#${sign.charCodeAt(0)};`,
      (sign: string) => `&amp;#x${codeOf(sign, 2)};`,
    ]) {
      const text = credential.replaceAll(/[^A-Za-z0-9]/g, write);
      for (const sign of [" ", "=", ":", "[", '"']) expect(cut(`x${sign}${text} more`)).toEqual([text]);
    }
    const inMail = credential.replaceAll(/[_.-]/g, (sign) => `=${codeOf(sign, 2).toUpperCase()}`);
    for (const sign of [" ", "=", ":", "[", '"']) expect(cut(`x${sign}${inMail} more`)).toEqual([inMail]);
  });

  test.each(KNOWN)("of %s is found where all of its letters are escaped", (_whose, credential) => {
    for (const write of [
      (letter: string) => `\\${letter.charCodeAt(0).toString(8)}`,
      (letter: string) => `&#${letter.charCodeAt(0)};`,
      (letter: string) => `\\U${codeOf(letter, 8)}`,
      (letter: string) => `%${codeOf(letter, 2)}`,
    ]) {
      const text = [...credential].map(write).join("");
      expect(cut(`x: ${text} more`)).toEqual([text]);
    }
  });

  test.each(KNOWN)("of %s is found where something unseen stands in it", (_whose, credential) => {
    for (const sign of UNSEEN) {
      for (const at of [2, 5, credential.length - 3]) {
        const text = `${credential.slice(0, at)}${sign}${credential.slice(at)}`;
        expect([sign, ...cut(`x: ${text} more`)]).toEqual([sign, text]);
        expect([sign, cut(`x: ${text}${sign}" more`)]).toEqual([sign, [expect.stringMatching(/^[^"]+$/)]]);
      }
    }
  });

  test.each(KNOWN)("of %s is found whole where another one joins it", (_whose, credential) => {
    for (const [, other] of KNOWN) {
      for (const sign of ["-", "_", ".", "/", ":", "=", "%3D", "\\n"]) {
        const text = `${credential}${sign}${other}`;
        expect([text, ...leftOf(text, 0, credential.length)]).toEqual([text]);
        expect([text, ...leftOf(text, text.length - other.length, other.length)]).toEqual([text]);
      }
    }
  });

  test("of any length is found to its end", () => {
    for (const begin of ["ghp_", "glpat-", "xoxb-", "hvs.", "Bearer "]) {
      const text = `${begin}${letters(5_000)}`;
      expect(leftOf(text, text.length - 5_000, 5_000)).toEqual([]);
    }
  });

  test.each([
    ["https%3A%2F%2Fu%3Apassw0rd%40h%2F", "u%3Apassw0rd"],
    ["https:\\/\\/u:passw0rd@h\\/", "u:passw0rd"],
    ["Bearer%20a1b2c3d4e5", "a1b2c3d4e5"],
    ["-----BEGIN%20PRIVATE%20KEY-----%0Aabc", "-----BEGIN%20PRIVATE%20KEY-----%0Aabc more"],
    ["-----BEGIN+RSA+PRIVATE+KEY-----%0Aabc", "-----BEGIN+RSA+PRIVATE+KEY-----%0Aabc more"],
    ["-----BEGIN\u00a0PRIVATE&#160;KEY-----\nabc", "-----BEGIN\u00a0PRIVATE&#160;KEY-----\nabc more"],
    ["Bearer\ta1b2c3d4e5", "a1b2c3d4e5"],
    ["Basic\u00a0a1b2c3d4e5", "a1b2c3d4e5"],
    ["Bearer+a1b2c3d4e5", "a1b2c3d4e5"],
    ["Bearer \u001b[1ma1b2c3d4e5", "a1b2c3d4e5"],
    ["https&#58;//u&#58;passw0rd&#64;h/", "u&#58;passw0rd"],
    ["https:\\057\\057u:passw0rd@h/", "u:passw0rd"],
    ["https://u:pass\u00adw0rd@h/", "u:pass\u00adw0rd"],
  ])("in %s, which has escapes, is found", (text, credential) => {
    expect(cut(`x=${text} more`)).toEqual([credential]);
  });

  test.each([
    ["https://u:pa/ss@h/x", "u:pa/ss"],
    ["//u:pass@h/x", "u:pass"],
    ["postgres://u:p@ss/wo:rd@h/db", "u:p@ss/wo:rd"],
    ["postgres://u:p@ss/w@rd/x@10.0.0.1:5432/db", "u:p@ss/w@rd/x"],
    ["https://u:p@s@h.example.com:443/image@v1", "u:p@s"],
    ["https://u:pass@registry:5000/team/image:1@sha256:0123", "u:pass"],
    ["https://u:pa/ss@wo@rd/x@h/db", "u:pa/ss@wo@rd/x"],
    ["https://u:pass@h/x,https://h/x@y", "u:pass"],
    ["jdbc:oracle:thin:scott/tiger@//h:1521/s", "scott/tiger"],
    [`123456789:AA${letters(33)}`, `123456789:AA${letters(33)}`],
  ])("in %s is found", (text, credential) => {
    expect(cut(`x=${text} more`)).toEqual([credential]);
  });

  test("a private key is found from its first line to its last, or to the end of the text", () => {
    const key = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----";
    expect(cut(`key: |\n${key}\nmore`)).toEqual([key]);
    expect(cut("-----BEGIN PRIVATE KEY-----\nabc\ndef")).toEqual(["-----BEGIN PRIVATE KEY-----\nabc\ndef"]);
  });

  test.each([
    "/var/run/credentials/dataplane_1_token",
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    "https://eyjafjalla.example.com:443",
    "registry.example.com/team/image@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "ghp_short",
    "https://host.example.com:443/path@v1",
    "limits: memory:limit=40Gi, cpu:limit=40",
    "C:\\137\\notes fixes #137 and #95; R&D; a&b#12",
    "basic+premium plans of the year 2024",
    "https://[::1]:8080/x@y",
    "https://registry.example.com/team/image:tag@sha256:0123",
    "// note: mail a@b",
    "rnd_production_training_jobs_of_team",
    "SKlearn-training-pipeline-of-the-platform-team",
    "task-gpu_pool-eyJ.x",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "",
  ])("%j is none", (text) => {
    expect(holdsCredential(text)).toBe(false);
  });
});
