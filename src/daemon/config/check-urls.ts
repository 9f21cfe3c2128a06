import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { holdsCredentials } from "../../model/secrets/mask-credentials.ts";
import { isPlainRemote, isRepositoryAddress } from "../../systems/git/remote-address.ts";
import { isLoopback } from "../../systems/http/is-loopback.ts";
import { parseEndpoint } from "../../systems/http/parse-endpoint.ts";
import { type ConfigFile, type ControlPlaneInFile, type Draft, placeTargets } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";

/** The begin of ssh's short form with a user. */
const SHORT_SSH = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:/;
/** What no address of a repository needs, and what servers and git may read in different ways. */
const UNUSUAL = /[?#\\]|%2e|%2f|(^|\/)\.\.?(\/|$)/i;

/** Finds addresses that may not be used. None is repeated: one that is wrong may hold a password. */
export function checkUrls(file: Draft<ConfigFile>): readonly ConfigFinding[] {
  const targets = placeTargets(file).flatMap(({ value: { repository, control_plane: plane }, path }) => [
    ...(repository?.url === undefined ? [] : checkRepositoryUrl(repository.url, [...path, "repository", "url"])),
    ...(repository?.pull_requests?.url === undefined
      ? []
      : checkEndpoint(repository.pull_requests.url, [...path, "repository", "pull_requests", "url"], false)),
    ...checkControlPlane(plane ?? {}, [...path, "control_plane"]),
  ]);
  const publicUrl = file.http?.public_url;
  const own = publicUrl === undefined ? [] : checkEndpoint(publicUrl, ["http", "public_url"], true);
  return [...targets, ...own];
}

function checkControlPlane(plane: Draft<ControlPlaneInFile>, path: NodePath): readonly ConfigFinding[] {
  const { endpoint, flyteadmin, deliver, insecure = false } = plane;
  return [
    ...(endpoint === undefined ? [] : checkEndpoint(endpoint, [...path, "endpoint"], insecure)),
    ...(flyteadmin?.endpoint === undefined
      ? []
      : checkEndpoint(flyteadmin.endpoint, [...path, "flyteadmin", "endpoint"], insecure)),
    ...(deliver === undefined ? [] : checkDelivery(deliver, [...path, "deliver"])),
  ];
}

function checkEndpoint(text: string, path: NodePath, insecure: boolean): readonly ConfigFinding[] {
  const field = formatPath(path);
  try {
    parseEndpoint(text, { insecure, source: field });
    return [];
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (/\/\/[^/]*@/.test(text)) return [withCredentials(path)];
    if (error.code !== "endpoint_insecure") {
      return [badUrl(path, "is not a server address", "Write https://HOST, https://HOST:PORT or dns:///HOST.")];
    }
    return [badUrl(path, "has no TLS, so credentials could be intercepted", "Write https://, or set insecure: true.")];
  }
}

function checkDelivery(text: string, path: NodePath): readonly ConfigFinding[] {
  if (!isRepositoryAddress(text)) return [];
  const end = text.lastIndexOf("#");
  if (end === -1 || end === text.length - 1)
    return [badUrl(path, "names a repository without a branch", "Write URL#BRANCH.")];
  return checkRepositoryUrl(text.slice(0, end), path);
}

/** Whether git may talk to an address: it is one of few schemes, without what would be a program or an option. */
function checkRepositoryUrl(text: string, path: NodePath): readonly ConfigFinding[] {
  if (SHORT_SSH.test(text) && isPlainRemote(text) && !UNUSUAL.test(text)) return [];
  const url = /^[a-z]+:\/\/[^\s\p{Cc}]+$/u.test(text) ? URL.parse(text) : null;
  if (url === null) return [badUrl(path, "is not a repository address")];
  const { protocol, username, password, hostname } = url;
  // ssh's user alone is no secret.
  if (password !== "" || (protocol !== "ssh:" && (username !== "" || holdsCredentials(text))))
    return [withCredentials(path)];
  if (UNUSUAL.test(text)) return [badUrl(path, "has a query, a fragment, a backslash or dot segments")];
  switch (protocol) {
    case "https:":
      return isPlainRemote(text) ? [] : [badUrl(path, "is not a repository address")];
    case "http:":
      return isLoopback(hostname)
        ? []
        : [badUrl(path, "has no TLS", "Write https://. Plain http is allowed only for this machine.")];
    case "ssh:":
      return isPlainRemote(text) && /^[A-Za-z0-9[]/.test(hostname) && !username.startsWith("-")
        ? []
        : [badUrl(path, "has no host")];
    case "file:":
      return hostname === "" && isPlainRemote(text) ? [] : [badUrl(path, "has a host", "Write file:///PATH.")];
    default:
      return [badUrl(path, `begins with ${protocol}//, which is not allowed here`)];
  }
}

function badUrl(path: NodePath, fault: string, detail?: string): ConfigFinding {
  const summary = `Field "${formatPath(path)}" ${fault}`;
  return { code: "config-bad-url", path, summary, ...(detail !== undefined && { detail }) };
}

function withCredentials(path: NodePath): ConfigFinding {
  return {
    code: "config-url-credentials",
    path,
    summary: `Field "${formatPath(path)}" contains a user, password or token`,
  };
}
