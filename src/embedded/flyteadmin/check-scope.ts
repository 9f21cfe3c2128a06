import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { InactiveProjectSchema } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { refuse } from "../state/refuse.ts";
import { DOMAINS, type FlyteadminState, type ProjectRecord } from "./flyteadmin-state.ts";

/** Checks that a project is registered and active and a domain configured; throws `invalid_argument` with the server's message. */
export function checkProjectAndDomain(state: FlyteadminState, project: string, domain: string): void {
  const found = findProject(state, project);
  if (found === undefined) {
    throw refuse(
      "invalid_argument",
      `failed to validate that project [${project}] and domain [${domain}] are registered, err: [${notFound(project)}]`,
    );
  }
  checkActive(found);
  if (!DOMAINS.includes(domain)) {
    throw refuse("invalid_argument", `domain [${domain}] is unrecognized by system`);
  }
}

/** Checks that a project is registered and active, for a write at its own level. */
export function checkProject(state: FlyteadminState, project: string): void {
  const found = findProject(state, project);
  if (found === undefined) {
    throw refuse(
      "invalid_argument",
      `failed to validate that project [${project}] is registered, err: [${notFound(project)}]`,
    );
  }
  checkActive(found);
}

/** Checks that a project is registered, in any state, as reads at its own level require. */
export function checkProjectExists(state: FlyteadminState, project: string): void {
  if (findProject(state, project) === undefined) {
    throw refuse(
      "invalid_argument",
      `failed to validate that project [${project}] exists, err: [${notFound(project)}]`,
    );
  }
}

/** The server's message for a project that does not exist. */
export function notFound(project: string): string {
  return `project [${project}] not found`;
}

/** Finds a project. An empty name is no condition in the server's query, so that any project matches. */
function findProject(state: FlyteadminState, project: string): ProjectRecord | undefined {
  return project === "" ? state.projects.values().next().value : state.projects.get(project);
}

function checkActive({ id, state }: ProjectRecord): void {
  if (state !== "ACTIVE") {
    const value = create(InactiveProjectSchema, { id });
    throw new ConnectError(`project [${id}] is not active`, Code.InvalidArgument, undefined, [
      { desc: InactiveProjectSchema, value },
    ]);
  }
}
