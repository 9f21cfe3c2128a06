import type { TextFile } from "../model/desired.ts";

/** Files that make GitHub and GitLab check pull requests with one version of poolkeeper, with no right but to read. */
export function pipelineFiles(version: string): readonly TextFile[] {
  return [
    { path: ".github/workflows/poolkeeper.yaml", text: githubWorkflow(version) },
    { path: ".gitlab-ci.yml", text: gitlabPipeline(version) },
  ];
}

function githubWorkflow(version: string): string {
  return `# Checks every pull request, and shows what it would change. It applies nothing.
# Settings > Secrets and variables > Actions: variables POOLKEEPER_ENDPOINT and POOLKEEPER_ORG, secret POOLKEEPER_TOKEN. The token
# needs no right but to read. Pull requests of forks get no secret, so they are not planned.
name: poolkeeper
on:
  pull_request:
permissions:
  contents: read
jobs:
  validate:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: npx --yes poolkeeper@${version} validate .
  plan:
    needs: validate
    if: vars.POOLKEEPER_ENDPOINT != '' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - name: Plan
        shell: bash
        env:
          POOLKEEPER_ENDPOINT: \${{ vars.POOLKEEPER_ENDPOINT }}
          POOLKEEPER_ORG: \${{ vars.POOLKEEPER_ORG }}
          POOLKEEPER_TOKEN: \${{ secrets.POOLKEEPER_TOKEN }}
        run: npx --yes poolkeeper@${version} plan . --markdown | tee -a "$GITHUB_STEP_SUMMARY"
`;
}

function gitlabPipeline(version: string): string {
  return `# Checks every merge request, and shows what it would change. It applies nothing.
# Settings > CI/CD > Variables: POOLKEEPER_ENDPOINT and POOLKEEPER_ORG, and POOLKEEPER_TOKEN, masked. The token needs no right but to
# read. Merge requests of forks are not planned.
image: node:24
stages:
  - validate
  - plan
validate:
  stage: validate
  variables:
    # This job needs no token.
    POOLKEEPER_TOKEN: ""
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - npx --yes poolkeeper@${version} validate .
plan:
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID && $POOLKEEPER_ENDPOINT
  script:
    - npx --yes poolkeeper@${version} plan .
`;
}
