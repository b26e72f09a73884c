/**
 * The lake that is copied stays as it is meanwhile: nobody consolidates it, or where it cannot be locked because it cannot be
 * written, as on a disk that is mounted read-only, it is looked at afterwards whether somebody did.
 */
import { LAYERS } from '../domain/paths.ts'
import { isUnwritable, TwdwError } from '../errors.ts'
import type { Lake, Release } from '../io/lake.ts'
import type { Log } from '../io/log.ts'

export interface SourceHold {
  release: Release
  /** @throws TwdwError E_LAKE where it was consolidated though it could not be kept from it */
  confirm(): Promise<void>
}

/** @throws TwdwError E_LAKE when somebody consolidates it */
export async function holdSource({ from, log }: { from: Lake; log: Log }): Promise<SourceHold> {
  try {
    return { release: await from.lock('consolidate'), confirm: async () => undefined }
  } catch (error) {
    if (!isUnwritable(error)) throw error
    await refuseHeld(from)
    log.warn(`${error.message}; it is copied all the same, and what was consolidated meanwhile is noticed`)
  }
  const before = await layer2Of(from)
  return {
    release: async () => undefined,
    async confirm() {
      if ((await layer2Of(from)) === before) return
      throw new TwdwError('E_LAKE', `${from.url} was consolidated while it was copied`, { hint: 'run it again' })
    },
  }
}

/** Who holds it can often be seen without taking it. */
async function refuseHeld(from: Lake): Promise<void> {
  const holder = await from.holderOf('consolidate').catch(() => undefined)
  if (holder === undefined) return
  throw new TwdwError('E_LAKE', `${from.url} is held by ${holder}`, { hint: 'wait until it has ended, or stop it' })
}

/** What is another text when layer2 was changed. */
async function layer2Of(from: Lake): Promise<string> {
  const entries = await from.list(LAYERS[1])
  // listings of a folder tell lengths only
  const stamps = from.isFar ? entries.map(({ stamp }) => stamp) : await from.stampsOf(entries.map(({ path }) => path))
  return entries.map(({ path, bytes }, i) => `${path} ${bytes} ${stamps[i]}`).join('\n')
}
