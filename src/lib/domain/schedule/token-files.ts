/** Where an installed schedule reads X's token from: who looks after it must look at the same file. */
import { TOKEN_NAME } from './jobs.ts'

/** @param text of the listener's unit. @returns undefined where it names none, as for the generator */
export function tokenFileOfUnit(text: string): string | undefined {
  const [, path] = new RegExp(`^LoadCredential=${TOKEN_NAME}:(.+)$`, 'm').exec(text) ?? []
  return path?.replaceAll('%%', '%')
}

/** @param crontab of the account. @returns undefined where the lake's entries name none, or one that had to be quoted */
export function tokenFileOfCrontab(crontab: string, lake: string): string | undefined {
  const block = crontab.split(`# BEGIN twdw ${lake}\n`)[1]?.split('\n# END twdw ')[0] ?? ''
  return /X_BEARER_TOKEN_FILE=([\w/.,:=+@-]+) /.exec(block)?.[1]
}
