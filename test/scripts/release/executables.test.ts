/** Executables are looked at before they are released, and run where they can be. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readConfig, targetOf, thisMachine } from '../../../scripts/build.ts'
import { executableFault } from '../../../scripts/release/executable-form.ts'
import { parseRunner, runnerOf, steps } from '../../../scripts/release/try-out.ts'
import { BUILT } from '../../support/executable.ts'

const config = await readConfig()
const here = thisMachine()

describe('executableFault', () => {
  const file = readFileSync(BUILT)
  const fault = (name: string, bytes = file) => executableFault(name, targetOf(config, name), bytes)

  it('finds nothing in the one of this machine', () => {
    expect(fault(here)).toBeUndefined()
  })

  it.runIf(here === 'linux-x64')('tells the systems, the processors and the C libraries apart', () => {
    expect(fault('linux-arm64')).toBe('it is not for arm64')
    expect(fault('linux-x64-musl')).toBe('its loader is /lib64/ld-linux-x86-64.so.2')
    expect(fault('darwin-arm64')).toBe('it is no 64-bit Mach-O file')
    expect(fault('windows-x64')).toBe('it is no Windows executable')
  })

  it.runIf(here === 'linux-x64')('misses what it must carry', () => {
    expect(fault(here, file.subarray(0, 10_000))).toBe(
      'it does not carry /root/duckdb.node- and /root/libduckdb.so- and /root/parquet_wasm_bg-',
    )
  })
})

describe('runnerOf', () => {
  const given = new Map([['linux-x64-musl', ['ld.so', '--library-path', '/root']]])

  it('runs what this machine is, and what a command was named for', () => {
    expect(runnerOf('linux-x64', 'linux-x64', given)).toEqual({ words: [] })
    expect(runnerOf('linux-x64-musl', 'linux-x64', given)).toEqual({ words: ['ld.so', '--library-path', '/root'] })
    expect(runnerOf('darwin-arm64', 'linux-x64', given)).toBeUndefined()
  })
})

describe('parseRunner', () => {
  it('takes a target and a command', () => {
    expect(parseRunner('linux-arm64=qemu  -L /root ')).toEqual(['linux-arm64', ['qemu', '-L', '/root']])
  })

  it('refuses other words', () => {
    const sentence = '--run takes a target and a command, such as linux-arm64="qemu-aarch64-static -L /root": '
    for (const text of ['qemu', 'linux-arm64=', '=qemu', 'linux-arm64= ']) {
      expect(() => parseRunner(text)).toThrow(`${sentence}${text}`)
    }
  })
})

describe('steps', () => {
  it('are the main job, of which Windows is asked what it can do', () => {
    const titles = (target: string) =>
      steps(target, '/lake', '1.2.3').map(({ title, isPreparation }) => (isPreparation ? `(${title})` : title))
    expect(titles('linux-arm64')).toEqual(['version', 'help', 'listen', 'consolidate', 'query'])
    expect(titles('windows-x64')).toEqual(['version', 'help', '(listen)', '(consolidate)', 'query'])
  })
})
