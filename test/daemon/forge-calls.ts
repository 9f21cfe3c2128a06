/** The calls of Gitea's API that a request's life is made of, as `METHOD /path`. */
export const CALLS = {
  list: /^GET .*\/pulls\b/,
  listComments: /^GET .*\/issues\/\d+\/comments/,
  create: /^POST .*\/issues\/\d+\/comments/,
  readComment: /^GET .*\/issues\/comments\//,
  update: /^PATCH .*\/issues\/comments\//,
  status: /^POST .*\/statuses\//,
  reaction: /^POST .*\/reactions/,
  permission: /^GET .*\/assignees/,
} as const;
