import { formatPath } from "../../manifests/problems/format-value.ts";
import { RECEIVERS } from "../../model/daemon/receivers.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { isSshAddress } from "../../systems/git/remote-address.ts";
import {
  type ConfigFile,
  type ControlPlaneInFile,
  type Draft,
  placeEntries,
  placeTargets,
  type RepositoryInFile,
} from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";

/** Finds fields without an effect, signature checks that no commit can pass, and servers without a known host key. */
export function checkEffects(file: Draft<ConfigFile>, isSound: (path: NodePath) => boolean): readonly ConfigFinding[] {
  const targets = placeTargets(file).flatMap(({ value: { repository, control_plane: plane }, path }) => [
    ...checkRepository(repository ?? {}, [...path, "repository"], isSound),
    ...checkControlPlane(plane ?? {}, [...path, "control_plane"], isSound),
  ]);
  const receivers = placeEntries(file.notifications, ["notifications"]).flatMap(({ value, path }) =>
    value.type === undefined || RECEIVERS[value.type].signs
      ? []
      : findIdle(value, ["secret"], path, "only bodies for webhooks are signed"),
  );
  return [...targets, ...receivers];
}

function checkRepository(
  repository: Draft<RepositoryInFile>,
  path: NodePath,
  isSound: (path: NodePath) => boolean,
): readonly ConfigFinding[] {
  const { url, token, verify } = repository;
  const needsHosts = url !== undefined && isSshAddress(url) && repository.known_hosts === undefined;
  const isHttp = url === undefined || /^https?:/.test(url);
  const isSsh = url === undefined || isSshAddress(url);
  const verifyPath = [...path, "verify"];
  const lacksKeys = (verify?.mode ?? "none") !== "none" && (verify?.keys ?? []).length === 0;
  const unsigned: ConfigFinding = {
    code: "config-verify-without-keys",
    path: [...verifyPath, "mode"],
    summary: `"${formatPath(verifyPath)}" requires signatures but trusts no key`,
  };
  const unknownHost: ConfigFinding = {
    code: "config-missing-known-hosts",
    path: [...path, "url"],
    summary: `"${formatPath(path)}" is reached over ssh, but known_hosts is not set`,
  };
  return [
    ...(needsHosts && isSound(path) && isSound([...path, "known_hosts"]) ? [unknownHost] : []),
    ...(isHttp ? [] : findIdle(repository, ["username", "token", "ca_file"], path, "the address is not https")),
    ...(isSsh ? [] : findIdle(repository, ["ssh_key", "known_hosts"], path, "the address is not ssh")),
    ...(isHttp && token === undefined && isSound([...path, "token"])
      ? findIdle(repository, ["username"], path, "no token is set to use it with")
      : []),
    ...(lacksKeys && isSound([...verifyPath, "keys"]) ? [unsigned] : []),
  ];
}

function checkControlPlane(
  plane: Draft<ControlPlaneInFile>,
  path: NodePath,
  isSound: (path: NodePath) => boolean,
): readonly ConfigFinding[] {
  if (plane.endpoint !== undefined || plane.flyteadmin === undefined || !isSound([...path, "endpoint"])) return [];
  return findIdle(
    plane,
    ["org", "token", "api_key", "generation", "scopes"],
    path,
    "no endpoint is set to use it with",
  );
}

function findIdle(of: object, names: readonly string[], path: NodePath, reason: string): readonly ConfigFinding[] {
  return names
    .filter((name) => name in of)
    .map((name) => {
      const place = [...path, name];
      return {
        code: "config-no-effect",
        path: place,
        part: "key",
        summary: `Field "${formatPath(place)}" has no effect: ${reason}`,
      };
    });
}
