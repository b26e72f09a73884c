/** Settings files: `twdw.toml` in the current folder, then the user's own below XDG_CONFIG_HOME. Read here, judged in settings.ts. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Street } from './street.ts'

/** Where the account keeps its settings, absolute; undefined where it has no home. */
export function configHome({ XDG_CONFIG_HOME: config, HOME: home }: Street['env']): string | undefined {
  return config || (home ? join(home, '.config') : undefined)
}

/** @returns the files that exist, strongest first */
export async function readSettingsFiles(street: Street): Promise<{ path: string; text: string }[]> {
  const home = configHome(street.env)
  const paths = [join(street.cwd, 'twdw.toml'), ...(home ? [join(home, 'twdw', 'config.toml')] : [])]
  const files = await Promise.all(paths.map(async path => ({ path, text: await readIfThere(path) })))
  return files.filter((file): file is { path: string; text: string } => file.text !== undefined)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR' || (code === 'EACCES' && (await isHidden(path)))) return undefined
    throw new TwdwError('E_USAGE', `the settings file ${path} cannot be read: ${systemErrorCode(cause)}`, {
      cause,
      hint: 'make it readable, or remove it',
    })
  }
}

/** A service that is shown no home at all (ProtectHome=) cannot even look whether there is a file in it. */
function isHidden(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    error => systemErrorCode(error) === 'EACCES',
  )
}
