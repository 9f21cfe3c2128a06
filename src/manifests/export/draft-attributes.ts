import { formatAddress } from "../../model/address.ts";
import { type AttributesRow, fieldOf, formatAttributesScope, isPathSegment } from "../../model/objects/attributes.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { compactBody, type Drafts, type LeftOut, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the rows of flyteadmin that its HTTP gateway can write. */
export function draftAttributes({ flyteadmin }: Pick<LiveState, "flyteadmin">): Drafts {
  const states = new Map(flyteadmin.projects.map(({ id, state }) => [id, state]));
  const judged = flyteadmin.rows.map((row) => {
    const state = states.get(row.scope.project) ?? "active";
    const ofProject = state === "active" ? null : `its project is ${state} and accepts no writes`;
    return { row, reason: explainLeft(row) ?? ofProject };
  });
  return {
    drafts: judged.filter(({ reason }) => reason === null).map(({ row }) => draftRow(row)),
    left: judged.flatMap(({ row, reason }): readonly LeftOut[] =>
      reason === null ? [] : [{ what: describeRow(row), reason }],
    ),
  };
}

function explainLeft({ scope, launch_plan, value }: AttributesRow): string | null {
  if (launch_plan !== null) return "it belongs to a launch plan, which no API can write";
  if (scope.project === "") return "it belongs to all projects, which only gRPC can write";
  if (scope.workflow !== null && !isPathSegment(scope.workflow))
    return "the workflow's name has a /, or is . or .., which the HTTP gateway can't write";
  return value === "" ? "it is empty" : null;
}

function describeRow({ kind, scope, launch_plan }: AttributesRow): string {
  const place = formatAttributesScope({ ...scope, project: scope.project === "" ? "*" : scope.project });
  return `${formatAddress(kind, place)}${launch_plan === null ? "" : ` (launch plan ${launch_plan})`}`;
}

function draftRow({ kind, scope, value }: AttributesRow): ManifestDraft {
  const { project, domain, workflow } = scope;
  return {
    kind,
    address: formatAddress(kind, formatAttributesScope(scope)),
    parts: [project, domain, workflow].filter((part) => part !== null),
    body: compactBody({
      domain: domain ?? undefined,
      project,
      workflow: workflow ?? undefined,
      ...fieldOf(kind, value),
    }),
    comments: [],
  };
}
