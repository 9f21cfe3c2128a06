/** That the credentials for pull requests may do more than is needed, and what to do. */
export function describeExcess(excess: readonly string[]): string {
  return `The credentials for pull requests have more permissions than the daemon needs: ${excess.join("; ")}. Limit them to the permissions that docs/pull-requests.md lists for the forge.`;
}
