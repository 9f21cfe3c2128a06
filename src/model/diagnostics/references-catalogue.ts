import { error } from "./catalogue-entry.ts";

/** The codes of references that can't be resolved where poolkeeper runs. `validate` looks at none of this. */
export const REFERENCES_CATALOGUE = {
  "reference-not-allowed": error(
    "A reference is not allowed here",
    "A manifest may read only the variables and files that the operator allows for its target; nothing is by default.",
    "Allow it: `references` of the target in the daemon's configuration, --reference on the command line, or POOLKEEPER_REFERENCES.",
  ),
  "reference-unreadable": error(
    "A reference gives no value",
    "The variable is not set, or the file is missing, not readable, not UTF-8 text, larger than 64 KiB, or a link that leads out of its folder; or the value is empty, which is taken for a mistake.",
    "Provide the value where poolkeeper runs, or correct the reference.",
  ),
  "bad-reference-value": error(
    "The value of a reference does not fit its setting",
    "A referenced value has to be what could be written in its place. It is not shown, and can't be ~unset.",
    "Correct the value where poolkeeper reads it. One newline at its end does not count; other white space does.",
  ),
} as const;
