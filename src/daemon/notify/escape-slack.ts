/** Words that address everyone in a channel where a server takes them as plain text. */
const EVERYONE = /@(?=(?:channel|here|all|everyone|group)\b)/gi;
/** A zero-width space: the word reads the same and mentions no one. */
const GAP = "\u200b";

/**
 * Text for Slack's `mrkdwn`, and for servers that take the same: `&`, `<` and `>` escaped as Slack asks, so that nothing in it
 * is a link or a mention; control characters but line breaks taken out.
 */
export function escapeSlack(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(EVERYONE, `@${GAP}`)
    .replace(/[^\P{Cc}\n]/gu, " ");
}

/** At most so many characters, the last of them `…`; never half of an escape or of a character. */
export function cutSlack(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/(&[a-z]{0,3}|[\ud800-\udbff])$/, "")}…`;
}
