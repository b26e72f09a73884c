/** What the words of `twdw schedule compose` come to: the plan of its file, and where that lies. */
import { join } from 'node:path'
import { COMPOSE_DEFAULTS } from '../domain/schedule/compose.ts'
import type { Jobs } from '../domain/schedule/jobs.ts'
import { TwdwError } from '../errors.ts'
import type { Street } from '../io/street.ts'
import { COMMON_OPTIONS } from '../plans.ts'
import type { Values } from '../settings.ts'
import type { ComposeSchedulePlan } from './plan.ts'
import type { RUN_OPTIONS } from './run-options.ts'

/** Words of a schedule that compose.yaml has, and those that it refuses. */
type ComposeWords = Values<typeof COMMON_OPTIONS> &
  Pick<Values<typeof RUN_OPTIONS>, 'consolidateAt' | 'cronTimeZone'> & {
    tokenFile: string | undefined
    awsCredentialsFile: string | undefined
    user: boolean
    runAs: string | undefined
    executable: string | undefined
  }

/**
 * A token file stays as it was named: paths in the file are meant from where it lies.
 * @throws TwdwError E_USAGE for words of an account or a folder that the image has already
 */
export function composeWords(
  own: ComposeWords,
  jobs: Jobs,
  { cwd, version }: Pick<Street, 'cwd' | 'version'>,
): Pick<ComposeSchedulePlan, 'path' | 'compose'> {
  refuseForContainers(own)
  const compose = {
    image: `twdw:${version}`,
    isBuilt: false,
    tags: jobs.tags,
    listenOptions: jobs.listenOptions,
    compacts: jobs.compacts,
    lake: own.lake === COMMON_OPTIONS.lake.fallback ? undefined : jobs.lake,
    s3: { endpoint: own.s3Endpoint, region: own.s3Region, isPathStyle: own.s3PathStyle },
    tokenFile: jobs.tokenFile === undefined ? undefined : (own.tokenFile ?? COMPOSE_DEFAULTS.tokenFile),
    awsFile: own.awsCredentialsFile,
    consolidateAt: own.consolidateAt,
    timeZone: own.cronTimeZone,
  }
  return { path: join(cwd, 'compose.yaml'), compose }
}

function refuseForContainers({ user, runAs, stateDir, executable }: ComposeWords): void {
  const words = { 'run-as': runAs, 'state-dir': stateDir, executable }
  const given = Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]))
  if (user) given.push('--user')
  if (given.length === 0) return
  throw new TwdwError('E_USAGE', `${given.join(' and ')} mean nothing to compose: the image has all of that`, {
    hint: 'leave it out; the file may be edited',
  })
}
