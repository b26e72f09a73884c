/**
 * compose.yaml: a listener and a scheduler as containers of one image, with the least that they need.
 *
 * Two things look like omissions. There is no `name:` and no `version:`, of which older and newer Compose each refuse one. And the
 * scheduler does not depend on the listener: it waits for a lake by itself, and goes on consolidating while X is down.
 * What is set in the environment or in `.env` beside the file goes before what stands in it.
 */
import { isInStore } from '../lake-url.ts'
import {
  AWS_CREDENTIALS_NAME,
  AWS_FILE_VARIABLE,
  CONSOLIDATE_MINUTE,
  refuseControlCharacters,
  TOKEN_NAME,
} from './jobs.ts'

export interface ComposePlan {
  /** name and tag of the image */
  image: string
  /** true where the image's Dockerfile lies beside the file */
  isBuilt: boolean
  /** hashtags to listen for, as spelled, without their sign */
  tags: readonly string[]
  /** further words for listen */
  listenOptions: readonly string[]
  /** whether the small files of hours that ended a day ago are merged as well */
  compacts: boolean
  /** absolute path of a folder, or `s3://bucket/prefix`; undefined: a volume of Docker's */
  lake: string | undefined
  s3: { endpoint: string | undefined; region: string | undefined; isPathStyle: boolean }
  /** file that holds X's bearer token, relative to compose.yaml or absolute; undefined: the source needs none */
  tokenFile: string | undefined
  /** file that holds keys for a lake in S3, likewise; undefined: none unless the environment names one */
  awsFile: string | undefined
  /** cron expression, and its zone */
  consolidateAt: string
  timeZone: string
}

/** What the file of an ordinary user has. */
export const COMPOSE_DEFAULTS = {
  tokenFile: `./secrets/${TOKEN_NAME}`,
  consolidateAt: `${CONSOLIDATE_MINUTE} * * * *`,
  timeZone: 'UTC',
} as const

/** Where the journal lies inside the image, as its Dockerfile has it. */
export const IMAGE_STATE_FOLDER = '/state'

/** Account inside the image, as its Dockerfile has it. */
const ACCOUNT = '65532:65532'

/** A server to try a lake in S3 with; its bucket is a folder of its volume. */
const STORE = { image: 'versity/versitygw:v1.8.0', port: 7070, bucket: 'twdw' } as const

/** @throws TwdwError E_USAGE when a word holds a line end or the like */
export function composeText(plan: ComposePlan): string {
  refuseControlCharacters([
    ...plan.listenOptions,
    plan.lake ?? '',
    plan.tokenFile ?? '',
    plan.awsFile ?? '',
    plan.consolidateAt,
  ])
  return [
    MARK,
    ...headText(plan),
    '',
    ...commonLines(plan),
    '',
    'services:',
    ...listenerLines(plan),
    '',
    ...schedulerLines(plan),
    '',
    ...storeLines(),
    '',
    ...secretLines(plan),
    '',
    'volumes:',
    ...(plan.lake === undefined || isInStore(plan.lake) ? ['  lake: {}'] : []),
    '  state: {}',
    '  cache: {}',
    '  store: {}',
    '',
  ].join('\n')
}

const MARK = '# Written by `twdw schedule compose`: a listener, and a scheduler that consolidates.'

/** True for a text of ours, edited or not. */
export function isComposeText(text: string): boolean {
  return text.startsWith(`${MARK}\n`)
}

function headText({ tokenFile, isBuilt, tags: [tag] }: ComposePlan): string[] {
  return [
    '#',
    `#   docker compose ${isBuilt ? 'up --build -d' : 'up -d'}`,
    `#   docker compose exec scheduler twdw query ${tag === undefined ? '--all-tags' : `--tag ${tag}`} --by day`,
    '#   docker compose logs -f',
    ...(tokenFile === undefined
      ? []
      : [
          '#',
          "# X's bearer token is a file that only the account of the containers reads:",
          `#   sudo chown ${ACCOUNT} ${tokenFile} && sudo chmod 400 ${tokenFile}`,
        ]),
  ]
}

function commonLines(plan: ComposePlan): string[] {
  const { image, isBuilt, lake, s3 } = plan
  return [
    'x-twdw: &twdw',
    `  image: ${quoted(image)}`,
    ...(isBuilt ? ['  build: .'] : []),
    '  restart: unless-stopped',
    `  user: ${quoted(ACCOUNT)}`,
    '  read_only: true',
    '  cap_drop: [ALL]',
    '  security_opt: ["no-new-privileges:true"]',
    '  tmpfs: ["/tmp:mode=1777"]',
    '  # SIGTERM seals what was captured and ends the hour that is being published; after 90 s the scheduler kills what hangs',
    '  stop_grace_period: 100s',
    '  logging: { driver: json-file, options: { max-size: 10m, max-file: "5" } }',
    '  healthcheck:',
    '    test: [CMD, /usr/local/bin/twdw, schedule, health]',
    '    interval: 30s',
    '    timeout: 10s',
    '    retries: 3',
    '    start_period: 60s',
    '  volumes:',
    ...(lake === undefined || isInStore(lake)
      ? ['    - lake:/lake']
      : [`    - { type: bind, source: ${quoted(literal(lake))}, target: /lake }`]),
    '    # the journal: what was captured and is not in the lake yet',
    `    - state:${IMAGE_STATE_FOLDER}`,
    '    # what questions keep, and DuckDB, which is unpacked once',
    '    - cache:/cache',
    '',
    'x-environment: &environment',
    ...settingLines('  ', {
      TWDW_LAKE: lake !== undefined && isInStore(lake) ? lake : '/lake',
      TWDW_S3_ENDPOINT: s3.endpoint ?? '',
      TWDW_S3_REGION: s3.region ?? '',
      TWDW_S3_PATH_STYLE: s3.isPathStyle ? 'true' : '',
    }),
    `  ${AWS_FILE_VARIABLE}: /run/secrets/${AWS_CREDENTIALS_NAME}`,
  ]
}

function listenerLines({ tags, listenOptions, tokenFile }: ComposePlan): string[] {
  return [
    '  listener:',
    '    <<: *twdw',
    `    command: [${['listen', ...listenOptions].map(word => quoted(literal(word))).join(', ')}]`,
    '    environment:',
    '      <<: *environment',
    ...settingLines('      ', { TWDW_TAGS: tags.join(',') }),
    ...(tokenFile === undefined
      ? [`    secrets: [${AWS_CREDENTIALS_NAME}]`]
      : [
          `      X_BEARER_TOKEN_FILE: /run/secrets/${TOKEN_NAME}`,
          `    secrets: [${TOKEN_NAME}, ${AWS_CREDENTIALS_NAME}]`,
        ]),
  ]
}

function schedulerLines({ consolidateAt, timeZone, compacts }: ComposePlan): string[] {
  return [
    '  scheduler:',
    '    <<: *twdw',
    '    command: [schedule, run, --no-listener]',
    '    environment:',
    '      <<: *environment',
    ...settingLines('      ', {
      TWDW_CONSOLIDATE_AT: consolidateAt,
      TWDW_CRON_TIME_ZONE: timeZone,
      TWDW_NO_COMPACT: compacts ? '' : 'true',
    }),
    `    secrets: [${AWS_CREDENTIALS_NAME}]`,
  ]
}

function storeLines(): string[] {
  const { image, port, bucket } = STORE
  return [
    `  # to try a lake in S3: COMPOSE_PROFILES=s3 TWDW_LAKE=s3://${bucket}/lake TWDW_S3_ENDPOINT=http://store:${port}`,
    '  # TWDW_S3_PATH_STYLE=true TWDW_S3_REGION=us-east-1 AWS_CREDENTIALS_FILE=a file with the two keys below',
    '  store:',
    '    profiles: [s3]',
    `    image: ${quoted(image)}`,
    '    restart: unless-stopped',
    '    security_opt: ["no-new-privileges:true"]',
    '    logging: { driver: json-file, options: { max-size: 10m, max-file: "5" } }',
    `    command: ["--port", ":${port}", "--health", "/health", "posix", "/data"]`,
    '    environment:',
    ...settingLines('      ', { ROOT_ACCESS_KEY: 'twdw', ROOT_SECRET_KEY: 'for-trying-out-only' }),
    '    healthcheck:',
    `      test: [CMD, wget, -q, --spider, "http://127.0.0.1:${port}/health"]`,
    '      interval: 10s',
    `    volumes: ["store:/data/${bucket}"]`,
  ]
}

function secretLines({ tokenFile, awsFile = '/dev/null' }: ComposePlan): string[] {
  return [
    'secrets:',
    ...(tokenFile === undefined ? [] : [`  ${TOKEN_NAME}:`, `    file: ${setting('X_BEARER_TOKEN_FILE', tokenFile)}`]),
    '  # keys for a lake in S3, as `aws configure` writes them; none otherwise',
    `  ${AWS_CREDENTIALS_NAME}:`,
    `    file: ${setting('AWS_CREDENTIALS_FILE', awsFile)}`,
  ]
}

function settingLines(indent: string, settings: Record<string, string>): string[] {
  return Object.entries(settings).map(([name, value]) => `${indent}${name}: ${setting(name, value)}`)
}

/** A value that the environment of Compose goes before. */
function setting(name: string, value: string): string {
  // a brace would end the default, and cannot be escaped in it
  return quoted(value.includes('}') || value.includes('$') ? literal(value) : `\${${name}:-${value}}`)
}

/** Compose reads `$` in every value. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

/** JSON's strings are YAML's. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
