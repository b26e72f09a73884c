/** The settings: files and variables read as each command would read them, so that a typing error is found before it matters. */
import { type Finding, fault, ok } from '../domain/health/finding.ts'
import { TwdwError } from '../errors.ts'
import { type CommandOptions, readSettings, type SettingLayers, unknownKeys } from '../settings.ts'

export function checkSettings(
  commands: readonly CommandOptions[],
  layers: Pick<SettingLayers, 'env' | 'files'>,
): Finding {
  const unknown = unknownKeys(commands, layers.files)
  const faults = new Set([...unknown, ...commands.flatMap(command => faultsOf(command, layers))])
  if (faults.size > 0) {
    const remedy = 'correct it; twdw COMMAND --help lists what can be set'
    return fault('settings', 'E_USAGE', [...faults].join('; '), remedy)
  }
  const paths = layers.files.map(({ path }) => path)
  return ok('settings', paths.length === 0 ? 'no settings file is there' : `${paths.join(' and ')} can be read`)
}

function faultsOf({ name, options }: CommandOptions, layers: Pick<SettingLayers, 'env' | 'files'>): string[] {
  try {
    readSettings(options, { ...layers, argv: {}, command: name })
    return []
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    return error.message.split(/\n\s+/)
  }
}
