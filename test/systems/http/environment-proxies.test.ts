import { describe, expect, test } from "vitest";
import { listProxySecrets, requireHttpProxy, requireProxies } from "../../../src/systems/http/environment-proxies.ts";
import { redactKnownSecrets } from "../../../src/systems/http/known-secrets.ts";

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Proxies that are none, each with a password that git, or another program, would show a part of. */
const SPOILED = [
  "socks5://proxyman:Correct#Horse@proxy.example:1080",
  "socks5://proxyman:1234#Horse@proxy.example:1080",
  "http://proxyman:1234/Horse@proxy.example:3128",
  "http://proxyman:1234?Horse@proxy.example:3128",
  "http://proxyman:Correct/Horse@proxy.example:3128",
  "proxyman:Correct#Horse@proxy.example:3128",
  "proxyman:1234#Horse@proxy.example:3128",
  "socks5h://proxyman:Correct?Horse@proxy.example",
  "socks5://proxyman:CorrectHorse@ proxy.example",
  "http://proxyman:Correct%Horse@proxy.example:3128",
  "http://proxy.example:3128/path",
  "socks5://",
];

const WELL = [
  "",
  "http://proxy.example:3128",
  "http://proxy.example:3128/",
  "proxy.example:3128",
  "proxyman:Correct%23Horse@proxy.example",
  "https://proxyman:Correct@Horse@proxy.example",
  "socks5://proxyman:Correct%2FHorse@[::1]:1080",
  "socks://127.0.0.1:1080/",
];

describe.each(NAMES)("%s", (name) => {
  test.each(SPOILED)("that is %j is refused, by its name alone", (proxy) => {
    const refused = catchError(() => requireProxies({ [name]: proxy }));
    expect(refused).toMatchObject({ code: "proxy_invalid", message: expect.stringContaining(`${name} is not a URL`) });
    expect(String(refused)).not.toMatch(/Correct|Horse|1234|proxyman/);
  });

  test.each(WELL)("that is %j is one", (proxy) => {
    expect(() => requireProxies({ [name]: proxy })).not.toThrow();
  });
});

test("where a proxy for HTTP is needed, one of another kind is refused as that, and not as no URL", () => {
  const refused = catchError(() => requireHttpProxy("socks5://man:mark@proxy.example", "HTTPS_PROXY"));
  expect(refused).toMatchObject({ code: "proxy_invalid" });
  expect(String(refused)).toMatch(/HTTPS_PROXY names a proxy of another kind than HTTP/);
  expect(String(refused)).not.toMatch(/mark/);
});

test.each([
  ["http://proxy.example:3128", []],
  ["http://proxyman@proxy.example:3128", []],
  ["http://proxyman:@proxy.example:3128", []],
  ["http://0123456789abcdef@proxy.example:3128", ["0123456789abcdef"]],
  ["proxyman:secret@proxy.example", ["proxyman:secret", "secret"]],
  ["http://proxyman:se%23cret@proxy", ["proxyman:se%23cret", "proxyman:se#cret", "se%23cret", "se#cret"]],
  ["https://man:one@two@proxy.example", ["man:one@two", "one@two"]],
  [
    "socks5://man:one#two/three?four@proxy",
    ["man:one#two/three?four", "one#two/three?four", "one", "two", "three", "four"],
  ],
  ["socks5://man/x:one#two@proxy", ["man/x:one#two", "one#two", "one", "two"]],
  ["http://man:50%off@proxy", ["man:50%off", "50%off"]],
])("of %j, its secrets are known", (proxy, secrets) => {
  expect(listProxySecrets(proxy)).toEqual(secrets);
});

test.each(NAMES)("what git says of the proxy in %s is shown without its password", (name) => {
  const word = `Battery${name.toLowerCase() === name}${name}`;
  expect(() => requireProxies({ [name]: `socks5://proxyman:${word}#99@proxy.example:1080` })).toThrow();
  const said = redactKnownSecrets(`Unsupported proxy syntax in 'proxyman:${word}'`);
  expect(said).toBe("Unsupported proxy syntax in 'proxyman:***'");
  const sent = Buffer.from(`proxyman:${word}#99`).toString("base64");
  expect(redactKnownSecrets(`you sent ${sent}`)).toBe("you sent ***");
});

function catchError(task: () => unknown): unknown {
  try {
    return task();
  } catch (error) {
    return error;
  }
}
