import type { JsonObject } from "../../model/json/json.ts";
import type { Description } from "./describe-event.ts";
import { cutSlack, escapeSlack } from "./escape-slack.ts";
import type { NotifyEvent } from "./event.ts";
import { fillTemplate, listFields } from "./fill-template.ts";

/** What a section block takes. */
const MOST_IN_SECTION = 3_000;
/** What Slack advises for the text that notifications show. */
const MOST_IN_TEXT = 3_900;

const MARKS: Readonly<Record<Description["severity"], string>> = {
  info: ":white_check_mark:",
  warning: ":warning:",
  error: ":rotating_light:",
};

/**
 * The body of an incoming webhook of Slack, or of a server that takes the same: `text` for those without blocks. `verbatim`: what looks like an
 * address or a channel in the words of others is no link, and nothing is opened for a preview.
 */
export function renderSlack(
  event: NotifyEvent,
  description: Description,
  template: string | null,
  link: string | null,
): JsonObject {
  const words =
    template === null
      ? describe(description)
      : fillTemplate(template, listFields(event, description, link), escapeSlack);
  const foot = [
    ...(link === null ? [] : [`<${escapeLink(link)}|${escapeSlack(event.target)}>`]),
    escapeSlack(event.status.state),
    ...(event.run_id === null ? [] : [`run ${escapeSlack(event.run_id)}`]),
  ].join(" · ");
  return {
    text: cutSlack(words, MOST_IN_TEXT),
    ...{ unfurl_links: false, unfurl_media: false },
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: cutSlack(words, MOST_IN_SECTION), verbatim: true } },
      { type: "context", elements: [{ type: "mrkdwn", text: cutSlack(foot, MOST_IN_SECTION), verbatim: true }] },
    ],
  };
}

function describe({ severity, title, lines, action }: Description): string {
  const head = `${MARKS[severity]} *${escapeSlack(title)}*`;
  const rest = [...lines, ...(action === null ? [] : [action])].filter((line) => line !== "").map(escapeSlack);
  return [head, ...rest].join("\n");
}

/** Of a link only what would end it early has to be written otherwise. */
function escapeLink(link: string): string {
  return escapeSlack(link).replaceAll("|", "%7C");
}
