import type { TextFile } from "../../model/objects/desired.ts";

/** The first steps of each job: the files of the repository, and poolkeeper from a release whose checksum is verified. */
const INSTALL = `      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - name: Install poolkeeper
        shell: bash
        working-directory: \${{ runner.temp }}
        run: |
          curl --fail --silent --show-error --location --proto =https --output poolkeeper.tgz "$POOLKEEPER_URL"
          echo "$POOLKEEPER_SHA256  poolkeeper.tgz" | sha256sum --check --quiet
          npm install --prefix "$RUNNER_TEMP/poolkeeper" --ignore-scripts --no-audit --no-fund "$PWD/poolkeeper.tgz"
`;

/** Files that make GitHub and GitLab check pull requests with one version of poolkeeper, and with read access alone. */
export function pipelineFiles(version: string): readonly TextFile[] {
  return [
    { path: ".github/workflows/poolkeeper.yaml", text: githubWorkflow(version) },
    { path: ".gitlab-ci.yml", text: gitlabPipeline(version) },
  ];
}

function githubWorkflow(version: string): string {
  return `# Checks every pull request, and shows what it would change. It applies nothing.
# Settings > Secrets and variables > Actions: variables POOLKEEPER_ENDPOINT and POOLKEEPER_ORG, secret POOLKEEPER_TOKEN. The token
# needs read access only. Pull requests of forks get no secret, so they are not planned.
name: poolkeeper
on:
  pull_request:
  merge_group:
permissions:
  contents: read
env:
  # The tarball of poolkeeper ${version}'s release and its SHA-256, as variables of the repository. The name on the npm registry is not ours.
  POOLKEEPER_URL: \${{ vars.POOLKEEPER_URL }}
  POOLKEEPER_SHA256: \${{ vars.POOLKEEPER_SHA256 }}
jobs:
  validate:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
${INSTALL}      - name: Validate
        shell: bash
        run: '"$RUNNER_TEMP/poolkeeper/node_modules/.bin/poolkeeper" validate .'
  plan:
    needs: validate
    if: vars.POOLKEEPER_ENDPOINT != '' && (github.event_name == 'merge_group' || github.event.pull_request.head.repo.full_name == github.repository)
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
${INSTALL}      - name: Plan
        shell: bash
        env:
          POOLKEEPER_ENDPOINT: \${{ vars.POOLKEEPER_ENDPOINT }}
          POOLKEEPER_ORG: \${{ vars.POOLKEEPER_ORG }}
          POOLKEEPER_TOKEN: \${{ secrets.POOLKEEPER_TOKEN }}
        run: '"$RUNNER_TEMP/poolkeeper/node_modules/.bin/poolkeeper" plan . --markdown | tee -a "$GITHUB_STEP_SUMMARY"'
`;
}

function gitlabPipeline(version: string): string {
  return `# Checks every merge request, and shows what it would change. It applies nothing.
# Settings > CI/CD > Variables: POOLKEEPER_ENDPOINT and POOLKEEPER_ORG, and POOLKEEPER_TOKEN, masked. The token needs read access
# only. Merge requests of forks are not planned.
# POOLKEEPER_URL and POOLKEEPER_SHA256: the tarball of poolkeeper ${version}'s release and its SHA-256. The name on the npm registry is not ours.
image: node:24
before_script:
  - curl --fail --silent --show-error --location --proto =https --output /tmp/poolkeeper.tgz "$POOLKEEPER_URL"
  - echo "$POOLKEEPER_SHA256  /tmp/poolkeeper.tgz" | sha256sum --check --quiet
  - npm install --prefix /tmp/poolkeeper --ignore-scripts --no-audit --no-fund /tmp/poolkeeper.tgz
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
    - /tmp/poolkeeper/node_modules/.bin/poolkeeper validate .
plan:
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID && $POOLKEEPER_ENDPOINT
  script:
    - /tmp/poolkeeper/node_modules/.bin/poolkeeper plan .
`;
}
