import type { ChangeAuthors } from "./change-authors.ts";
import { isText, listOf, objectOf, optional } from "./shape.ts";

/** Whose change a request is. */
export const isChangeAuthors = objectOf<ChangeAuthors>({
  ...{ head: isText, moved: isText, at: isText, logins: listOf(isText), unknown: optional(isText) },
});
