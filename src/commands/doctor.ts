/** `twdw doctor`: tries out all that listening needs and says what is wrong with it, with the next step for each. */
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { DoctorPlan, DoctorPorts } from '../lib/doctor/doctor.ts'
import { type Finding, failureOf, faultFrom, findingsSummary, findingToText } from '../lib/domain/health/finding.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, isColored, type LakePlan, openCommonPorts } from '../lib/io/ports.ts'
import { s3PlaceOf } from '../lib/io/s3/place.ts'
import { configHome, readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS, capsOf, originOption, spendOptions } from '../lib/plans.ts'
import {
  type CommandOptions,
  flag,
  type Options,
  readSettings,
  type SettingLayers,
  type Values,
  yargsOptions,
} from '../lib/settings.ts'

/** Of listen, and read here as listen would read them: also from the `[listen]` table of a file. */
const LISTENER_OPTIONS = {
  origin: originOption('Listener:'),
  maxUsd: spendOptions('Listener:').maxUsd,
  maxUsdPerDay: spendOptions('Listener:').maxUsdPerDay,
} satisfies Options

const OWN_OPTIONS = {
  offline: flag({ describe: 'Ask X nothing' }),
  ...COMMON_OPTIONS,
} satisfies Options

export const DOCTOR_OPTIONS = { ...OWN_OPTIONS, origin: LISTENER_OPTIONS.origin } satisfies Options

/** @param commands all there are, whose settings are looked at */
export function doctorCommand(street: Street, commands: () => Promise<readonly CommandOptions[]>): CommandModule {
  return {
    command: 'doctor',
    describe: 'Try out token, access, clock, rules, caps, disks, lake and schedule, and say what is wrong',
    builder: yargs =>
      yargs
        .options(yargsOptions(DOCTOR_OPTIONS))
        .example('$0 doctor', 'everything; what it asks X is free of charge')
        .example('sudo $0 doctor --lake /srv/lake', 'also the token of an installed schedule, which only root may read')
        .example('$0 doctor --offline', 'without X')
        .epilogue(
          'Exit status: 0 no fault (a warning is none) · of the gravest fault: 5 lake or disk, 6 data failed a check, 3 refused by X or S3, 7 a cap leaves no room, 2 usage or configuration, 4 X unreachable · 130 interrupted',
        ),
    async handler(argv) {
      const settings = await openSettings(argv, street, await commands())
      const ports = openCommonPorts(settings.own, street, 'twdw doctor')
      const [{ examine }, doctorPorts] = await Promise.all([
        import('../lib/doctor/doctor.ts'),
        openDoctorPorts(settings.plan, ports, street),
      ])
      const { json } = settings.own
      const findings: Finding[] = []
      const tell = async (finding: Finding) => {
        findings.push(finding)
        await street.stdout.write(json ? `${JSON.stringify(finding)}\n` : findingToText(finding, isColored(street)))
      }
      await tell(settings.finding)
      for await (const finding of examine(settings.plan, doctorPorts, street.stopSignal)) await tell(finding)
      ports.log.close()
      if (!json) await street.stdout.write(findingsSummary(findings))
      const failure = failureOf(findings)
      if (failure !== undefined) throw failure
    },
  }
}

/** A fault in a file or a variable must not keep the doctor from looking at all the rest. */
async function openSettings(argv: SettingLayers['argv'], street: Street, commands: readonly CommandOptions[]) {
  const { checkSettings } = await import('../lib/doctor/settings-check.ts')
  const { env } = street
  let files: SettingLayers['files'] = []
  let finding: Finding
  try {
    files = await readSettingsFiles(street)
    finding = checkSettings(commands, { env, files })
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    finding = faultFrom('settings', error)
  }
  const own = readInSpite(OWN_OPTIONS, { argv, env, files, command: 'doctor' })
  // listen's other options are let through: its table may hold them
  const listen = commands.find(({ name }) => name === 'listen')?.options
  const { origin, maxUsd, maxUsdPerDay } = readInSpite(
    { ...listen, ...LISTENER_OPTIONS },
    { argv, env, files, command: 'listen' },
  )
  const plan = { offline: own.offline, origin, caps: capsOf(maxUsd, maxUsdPerDay), places: placesOf(street) }
  return { own, finding, plan }
}

/** What is set without the layers that hold a fault. @throws TwdwError E_USAGE for a fault on the command line itself */
function readInSpite<S extends Options>(options: S, layers: SettingLayers): Values<S> {
  for (const weaker of [layers, { ...layers, files: [] }]) {
    try {
      return readSettings(options, weaker)
    } catch (error) {
      if (!(error instanceof TwdwError)) throw error
    }
  }
  return readSettings(options, { ...layers, env: {}, files: [] })
}

function placesOf({ env }: Street): DoctorPlan['places'] {
  const home = configHome(env)
  return {
    unitFolders: [
      { scope: 'system', folder: '/etc/systemd/system' },
      ...(home === undefined ? [] : [{ scope: 'user' as const, folder: join(home, 'systemd/user') }]),
    ],
    tokenFiles: [...(home === undefined ? [] : [join(home, 'twdw/x_bearer_token')]), '/etc/twdw/x_bearer_token'],
  }
}

async function openDoctorPorts({ origin }: DoctorPlan, common: CommonPorts, street: Street): Promise<DoctorPorts> {
  const [
    { probeDisk },
    { openInstaller, systemRunner },
    { listJournalFiles },
    { openPulseReader },
    { findBearerToken },
  ] = await Promise.all([
    import('../lib/io/disk-probe.ts'),
    import('../lib/io/installer.ts'),
    import('../lib/io/journal-files.ts'),
    import('../lib/io/pulse-file.ts'),
    import('../lib/io/secrets.ts'),
  ])
  const { openStateFile } = await import('../lib/io/state-file.ts')
  const { lake, lakePlan, clock, stateFolder } = common
  return {
    lake,
    clock,
    stateFolder,
    pulses: openPulseReader(stateFolder),
    meter: openStateFile(`${stateFolder}/spend.json`, clock),
    installer: openInstaller(systemRunner(street.env)),
    journalFiles: () => listJournalFiles(`${stateFolder}/journal`),
    probeDisk,
    probeStore: storeProbeOf(lakePlan, clock),
    async loadEngine() {
      const { loadDuckDb } = await import('../lib/io/duckdb/native.ts')
      const warnings: string[] = []
      await loadDuckDb({ env: street.env, warn: sentence => void warnings.push(sentence) })
      return warnings
    },
    findToken: otherFiles => findBearerToken(street, otherFiles),
    async openX(token) {
      const [{ openXRest }, { openXAccount }] = await Promise.all([
        import('../lib/io/x/rest.ts'),
        import('../lib/io/x/account.ts'),
      ])
      const access = { origin, token, userAgent: `twdw/${street.version}` }
      return { rest: openXRest(access), account: openXAccount(access, clock) }
    },
  }
}

/** undefined for a lake in a folder */
function storeProbeOf({ root, s3 }: LakePlan, clock: CommonPorts['clock']) {
  const place = s3PlaceOf(root)
  if (s3 === undefined || place === undefined) return undefined
  return async () => {
    const [{ openS3Store }, { probeStore }] = await Promise.all([
      import('../lib/io/s3/store.ts'),
      import('../lib/io/s3/probe.ts'),
    ])
    return probeStore(openS3Store(place, { ...s3, clock }))
  }
}
