/** What a copy does not do: take away what it alone has, unless it is told so in as many words. */
import { counted } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'

const PATHS_TOLD = 3

/** @throws TwdwError E_USAGE where somebody listens to what shall be a copy */
export async function refuseListened(to: Pick<Lake, 'url' | 'holderOf'>): Promise<void> {
  const holder = await to.holderOf('listen')
  if (holder === undefined) return
  throw new TwdwError('E_USAGE', `${to.url} is no copy: ${holder} listens to it`, {
    hint: 'name another place with --to, or copy the other way round',
  })
}

/**
 * A day's file of the copy may have rows of hours that the lake does not have: writing over it would take them out of answers.
 * @param newer those of the extra ones that may go with --discard-newer only
 * @param isLake whether what is there was a lake before
 * @throws TwdwError E_USAGE
 */
export function refuseLoss(
  { extra, newer }: { extra: readonly string[]; newer: readonly string[] },
  { mirror }: { mirror: boolean },
  { from, to, isLake }: { from: Pick<Lake, 'url'>; to: Pick<Lake, 'url'>; isLake: boolean },
): void {
  if (extra.length === 0) return
  const files = `${counted(extra.length, 'file')} that ${from.url} has not, ${suchAs(extra)}`
  if (!isLake) {
    throw new TwdwError('E_USAGE', `${to.url} has ${files}; and no twdw.json says whose they are`, {
      hint: 'name a place where nothing is, or look at them and remove them yourself',
    })
  }
  if (newer.length > 0) {
    const alone = `${counted(newer.length, 'file')} of tweets or of sessions, ${suchAs(newer)}`
    throw new TwdwError('E_USAGE', `${to.url} alone has ${alone}; ${from.url} never forgot them`, {
      hint: `it was listened to, or ${from.url} lost them: then copy the other way round. Where nobody needs them, --mirror --discard-newer removes them for good, and with --dry-run says first what`,
    })
  }
  if (mirror) return
  throw new TwdwError('E_USAGE', `${to.url} has ${files}`, {
    hint: 'see what they are: with --mirror --dry-run it says what would be removed, and with --mirror it is; else copy the other way round',
  })
}

function suchAs(paths: readonly string[]): string {
  const told = paths.slice(0, PATHS_TOLD).join(', ')
  return paths.length > PATHS_TOLD ? `such as ${told}` : told
}
