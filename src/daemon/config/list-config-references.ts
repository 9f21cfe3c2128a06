import {
  type ConfigFile,
  type Draft,
  type Placed,
  placeEntries,
  placeTargets,
  type SecretInFile,
} from "./config-file.ts";

/** Every secret that the configuration refers to, with its place. */
export function listSecrets(file: Draft<ConfigFile>): readonly Placed<Draft<SecretInFile>>[] {
  const targets = placeTargets(file).flatMap(({ value: { repository, control_plane: plane }, path }) => [
    place(repository?.token, [...path, "repository", "token"]),
    place(repository?.webhook?.secret, [...path, "repository", "webhook", "secret"]),
    place(repository?.pull_requests?.token, [...path, "repository", "pull_requests", "token"]),
    place(repository?.pull_requests?.app?.key, [...path, "repository", "pull_requests", "app", "key"]),
    place(plane?.token, [...path, "control_plane", "token"]),
    place(plane?.api_key, [...path, "control_plane", "api_key"]),
    place(plane?.flyteadmin?.token, [...path, "control_plane", "flyteadmin", "token"]),
  ]);
  const tokens = placeEntries(file.http?.tokens, ["http", "tokens"]).map(({ value, path }) =>
    place(value.secret, [...path, "secret"]),
  );
  const receivers = placeEntries(file.notifications, ["notifications"]).flatMap(({ value, path }) => [
    place(value.url, [...path, "url"]),
    place(value.secret, [...path, "secret"]),
  ]);
  return [...targets, place(file.store?.database_url, ["store", "database_url"]), ...tokens, ...receivers].flat();
}

/** Every file and folder that has to be there, but for those of secrets, with its place. */
export function listFiles(file: Draft<ConfigFile>): readonly Placed<string>[] {
  return placeTargets(file).flatMap(({ value: { repository, folder, control_plane: plane }, path }) => [
    ...place(repository?.ssh_key, [...path, "repository", "ssh_key"]),
    ...place(repository?.known_hosts, [...path, "repository", "known_hosts"]),
    ...place(repository?.ca_file, [...path, "repository", "ca_file"]),
    ...placeEntries(repository?.verify?.keys, [...path, "repository", "verify", "keys"]),
    ...place(folder?.path, [...path, "folder", "path"]),
    ...place(plane?.ca_file, [...path, "control_plane", "ca_file"]),
  ]);
}

function place<T>(value: T | undefined, path: Placed<T>["path"]): readonly Placed<T>[] {
  return value === undefined ? [] : [{ value, path }];
}
