import { NAME_MAX_LENGTH, NAME_PATTERN } from "../../model/address.ts";
import { holdsCredentials } from "../../model/secrets/mask-credentials.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";

const RULE = `Names are lower-case letters, digits and inner hyphens, at most ${NAME_MAX_LENGTH} characters.`;

/**
 * Says what a name breaks the rule with, and a name near it that does not, if there is one. Of a credential there is none: in other letters
 * it is not known for one.
 */
export function explainBadName(name: string): string {
  if (name.length > NAME_MAX_LENGTH) return `It has ${name.length} characters. ${RULE}`;
  if (holdsCredentials(name)) return RULE;
  const corrected = correctName(name);
  if (corrected !== name && NAME_PATTERN.test(corrected)) return `${RULE} Write for example "${corrected}".`;
  const odd = /[^a-z0-9-]/iu.exec(name)?.[0];
  return odd === undefined ? RULE : `${showCharacter(odd)} is not one of the characters that a name may have. ${RULE}`;
}

/** The name as the rule wants it, as far as it can be derived: lower case, and hyphens for blanks, dots and underscores. */
export function correctName(name: string): string {
  const hyphened = name.toLowerCase().replaceAll(/[_ .]/g, "-");
  return dropTrailing(hyphened.replace(/^-+/, ""), "-");
}

/** Letters of other scripts look like Latin ones: the code point distinguishes them. */
function showCharacter(character: string): string {
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `${JSON.stringify(character)} (U+${point})`;
}
