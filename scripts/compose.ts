/** compose.yaml and compose.demo.yaml at the top of the repository, where the image is built from what lies beside them. */
import packageFile from '../package.json' with { type: 'json' }
import { COMPOSE_DEFAULTS, type ComposePlan } from '../src/lib/domain/schedule/compose.ts'

/** What listens to X; the hashtag is an example, and TWDW_TAGS goes before it. */
export const REPOSITORY_COMPOSE: ComposePlan = {
  ...COMPOSE_DEFAULTS,
  image: `twdw:${packageFile.version}`,
  isBuilt: true,
  tags: ['covid19'],
  listenOptions: ['--wait-next-day'],
  compacts: true,
  lake: undefined,
  awsFile: undefined,
  s3: { endpoint: undefined, region: undefined, isPathStyle: false },
}

/** The same without an account. */
export const DEMO_COMPOSE: ComposePlan = {
  ...REPOSITORY_COMPOSE,
  tags: [],
  listenOptions: ['--source=demo'],
  tokenFile: undefined,
}
