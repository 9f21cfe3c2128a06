import pLimit from "p-limit";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { LivePlaces, ScopedSettings, ScopeListStatus } from "../../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, formatScope, type SettingsScope } from "../../model/objects/settings.ts";
import { compareScopes, isReadable, type RefusedScope, readScope, SCOPES_AT_ONCE } from "./read-scope.ts";
import type { ProjectScopes, SettingsReader } from "./reader.ts";

/** Each of them is a request: more would keep a pass busy indefinitely. Ten times what any organization is known to have. */
const MOST_SCOPES_SEEN = 20_000;

type Places = Pick<LivePlaces, "settings" | "unreadable_scopes" | "scope_list">;

/**
 * What was read, and which queue the settings of all other scopes name: of every domain of every project that the control plane lists, whether a
 * manifest names it or not. Of those, nothing but the queue is kept. Throws an OperationalError where the control plane can't be reached.
 */
export async function readEveryScope<Live extends Places>(live: Live, reader: SettingsReader): Promise<Live> {
  const { status, scopes } = await listScopes(reader);
  const known = new Set([...live.settings.map(({ scope }) => scope), ...live.unreadable_scopes].map(formatScope));
  const limit = pLimit(SCOPES_AT_ONCE);
  const others = scopes.filter((scope) => !known.has(formatScope(scope)));
  const answers = await Promise.all(others.map((scope) => limit(() => readOther(reader, scope))));
  const found = answers.flatMap((answer) => answer ?? []);
  return {
    ...live,
    scope_list: status,
    settings: [...live.settings, ...found.filter(isReadable)].sort(compareScopes),
    unreadable_scopes: [
      ...live.unreadable_scopes,
      ...found.filter((answer) => !isReadable(answer)).map(({ scope }) => scope),
    ].sort((left, right) => compareScopes({ scope: left }, { scope: right })),
  };
}

interface ScopeList {
  readonly status: ScopeListStatus;
  readonly scopes: readonly SettingsScope[];
}

async function listScopes(reader: SettingsReader): Promise<ScopeList> {
  let projects: readonly ProjectScopes[];
  try {
    projects = await reader.listProjects();
  } catch (error) {
    const status = error instanceof OperationalError ? UNLISTED[error.code] : undefined;
    if (status === undefined) throw error;
    return { status, scopes: [] };
  }
  const scopes = new Map(
    projects.flatMap(({ id, domains }) =>
      domains.flatMap((domain) =>
        [
          { domain, project: null },
          { domain, project: id },
        ].map((scope) => [formatScope(scope), scope] as const),
      ),
    ),
  );
  if (scopes.size > MOST_SCOPES_SEEN) return { status: "partial", scopes: [] };
  const asked = [...scopes.values()].filter(isAskable);
  return { status: asked.length < scopes.size ? "partial" : "read", scopes: asked };
}

const UNLISTED: Readonly<Record<string, ScopeListStatus>> = {
  unimplemented: "missing",
  permission_denied: "refused",
  list_too_long: "partial",
};

function isAskable({ domain, project }: SettingsScope): boolean {
  return [domain, project].every((name) => name === null || (name !== "" && !name.includes("/")));
}

/** The queue alone; null: it names none, or the scope is not there, where nothing runs. */
async function readOther(reader: SettingsReader, scope: SettingsScope): Promise<ScopedSettings | RefusedScope | null> {
  const answer = await readScope(reader.getRoutingSettings, scope, REFUSALS).catch(explainMissing);
  return answer === null || !isReadable(answer) || DEFAULT_QUEUE_KEY in answer.values ? answer : null;
}

const REFUSALS = ["permission_denied", "invalid_argument"];

function explainMissing(error: unknown): null {
  if (error instanceof OperationalError && error.code === "not_found") return null;
  throw error;
}
