/** Where this user's caches lie: what is in them can be made again, and may be thrown away at any time; and where his state does. */
import { isAbsolute, join } from 'node:path'
import { TwdwError } from '../errors.ts'

/** A folder that may hold caches. */
export interface CacheFolder {
  path: string
  /** false below a folder that everybody writes to: it is used only when it is ours alone */
  isTrusted: boolean
}

/**
 * Where caches may lie, best first: `$XDG_CACHE_HOME/twdw` or `~/.cache/twdw`, then a folder of this user's
 * own below the folder for temporary files.
 *
 * @param userId undefined where the system has none
 */
export function cacheFolders(
  env: Readonly<Record<string, string | undefined>>,
  homeFolder: string,
  tempFolder: string,
  userId: number | undefined,
): CacheFolder[] {
  const xdg = env.XDG_CACHE_HOME ?? ''
  // the XDG specification: a relative path is to be ignored
  const base = isAbsolute(xdg) ? xdg : join(homeFolder, '.cache')
  return [
    { path: join(base, 'twdw'), isTrusted: true },
    { path: join(tempFolder, `twdw-${userId ?? 'cache'}`), isTrusted: false },
  ]
}

/**
 * Where what is known of a lake is kept between two questions. undefined where the environment names no home: a service that
 * has none looks at everything each time.
 * @param lake absolute path, or `s3://bucket/prefix`
 * @param endpoint of a store other than AWS's own: the same bucket in another one is another lake
 */
export function lakeCacheFolder(
  env: Readonly<Record<string, string | undefined>>,
  lake: string,
  endpoint?: string,
): string | undefined {
  const { HOME: home = '', XDG_CACHE_HOME: xdg = '' } = env
  if (!isAbsolute(xdg) && !isAbsolute(home)) return undefined
  const [{ path } = { path: '' }] = cacheFolders(env, home, '', undefined)
  const name = endpoint === undefined ? lake : `${lake} ${endpoint}`
  return join(path, 'lakes', Bun.hash(name).toString(36))
}

/**
 * Where the journal of a lake that is not on this machine lies: below `$STATE_DIRECTORY` (systemd's), `$XDG_STATE_HOME/twdw` or
 * `~/.local/state/twdw`, in a folder named by bucket and prefix, so that two lakes never share one.
 * @param url as `s3://bucket/prefix`
 * @param endpoint as `lakeCacheFolder` has it
 * @throws TwdwError E_USAGE where the account has no home
 */
export function lakeStateFolder(
  env: Readonly<Record<string, string | undefined>>,
  url: string,
  endpoint?: string,
): string {
  const { STATE_DIRECTORY: service = '', HOME: home = '', XDG_STATE_HOME: xdg = '' } = env
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, '.local/state') : undefined
  const folder = isAbsolute(service) ? service.split(':')[0] : base && join(base, 'twdw')
  if (folder === undefined) {
    throw new TwdwError(
      'E_USAGE',
      `the journal of ${url} needs a folder on this machine, and the account has no home`,
      {
        hint: 'name one with --state-dir',
      },
    )
  }
  const store = endpoint === undefined ? 's3' : `s3-${endpoint.replace(/^https?:\/\//, '').replaceAll(':', '_')}`
  return join(folder, url.replace('s3://', `${store}/`))
}
