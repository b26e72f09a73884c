/** Words that say where a Spark is, for all commands that hand it work. */
import { TwdwError } from './errors.ts'
import { parseText, type SettingLayers, word } from './settings.ts'

export const REMOTE_OPTION = word(parseText, {
  describe: 'Where that Spark is, as its own clients have it: sc://host:15002/;token=… (default: SPARK_REMOTE)',
  group: 'Engine:',
})

/** @returns an address, not looked at yet. @throws TwdwError E_USAGE where there is none */
export function remoteOf(word: string | undefined, env: SettingLayers['env']): string {
  const remote = word ?? env.SPARK_REMOTE
  if (remote !== undefined && remote !== '') return remote
  throw new TwdwError('E_USAGE', '--engine spark needs the address of a Spark Connect server', {
    hint: 'add --remote sc://host:15002, or set SPARK_REMOTE',
  })
}
