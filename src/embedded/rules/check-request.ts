import type { DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { NAME_MAX_LENGTH, NAME_PATTERN } from "../../model/address.ts";
import { refuse } from "../state/refuse.ts";
import type { State } from "../state/state.ts";

const validator = createValidator();

/** Validates a request against the rules in the wire definitions; throws `invalid_argument` naming each field. */
export function checkRequest<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(schema, message);
  if (result.kind === "valid") {
    return;
  }
  if (result.kind === "invalid") {
    throw refuse("invalid_argument", result.violations.map((violation) => violation.toString()).join("; "));
  }
  throw result.error;
}

/** Checks that a request is for the served organization; an empty one means that one. */
export function checkOrganization(state: State, organization: string): void {
  if (organization !== "" && organization !== state.org) {
    throw refuse(
      "not_found",
      `organization "${organization}" is not served here; this control plane serves "${state.org}"`,
    );
  }
}

/** The name in an identifier of the served organization. Throws `invalid_argument` where there is none. */
export function readName(
  state: State,
  id: (Message & { readonly organization: string; readonly name: string }) | undefined,
): string {
  if (id === undefined || id.name === "") {
    throw refuse("invalid_argument", "the request names no object: set the identifier's name");
  }
  checkOrganization(state, id.organization);
  return id.name;
}

/** Validates the name of a new object: lower-case letters, digits and inner hyphens, at most 63 characters. */
export function checkNewName(kind: string, name: string): string {
  if (name.length > NAME_MAX_LENGTH || !NAME_PATTERN.test(name)) {
    throw refuse(
      "invalid_argument",
      `${kind} name "${name}" must be 1 to ${NAME_MAX_LENGTH} lower-case letters, digits and inner hyphens`,
    );
  }
  return name;
}
