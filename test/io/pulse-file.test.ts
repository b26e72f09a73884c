import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPulseFile, openPulseReader } from '../../src/lib/io/pulse-file.ts'
import { canMount } from '../support/mount-namespace.ts'
import { withTempFolder } from '../support/temp-folder.ts'

describe('the file of a pulse', () => {
  it('holds the last text, whole, and says who writes it', () =>
    withTempFolder(async folder => {
      const file = openPulseFile(join(folder, '_state/listener.json'), '0.1.0')
      expect(file.writer).toEqual({ version: '0.1.0', pid: process.pid, host: hostname() })
      expect(await file.write('first, and longer')).toBe(true)
      expect(await file.write('second')).toBe(true)
      expect(readFileSync(join(folder, '_state/listener.json'), 'utf8')).toBe('second')
      expect(readdirSync(join(folder, '_state'))).toEqual(['listener.json'])
    }))

  it.skipIf(!canMount)(
    'takes the place of the old text where the disk has no room for another (needs unshare -m)',
    () =>
      withTempFolder(async folder => {
        const moduleUrl = JSON.stringify(join(import.meta.dirname, '../../src/lib/io/pulse-file.ts'))
        const program = `
        const { openPulseFile } = await import(${moduleUrl})
        const file = openPulseFile('disk/listener.json', '0.1.0')
        await file.write('a text of before')
        await Bun.$\`head -c 1000000 /dev/zero >disk/ballast\`.nothrow().quiet()
        console.log(await file.write('a longer text than before'), await Bun.file('disk/listener.json').text())
        console.log(await file.write('a short one'), await Bun.file('disk/listener.json').text())
        console.log((await Array.fromAsync(new Bun.Glob('*').scan('disk'))).sort().join())`
        const script = 'mkdir disk && mount -t tmpfs -o size=64k none disk && exec "$0" -e "$1"'
        const options = { cwd: folder, encoding: 'utf8' } as const
        expect(execFileSync('unshare', ['-m', 'sh', '-c', script, process.execPath, program], options)).toBe(
          'true a longer text than before\ntrue a short one              \nballast,listener.json\n',
        )
      }),
  )

  it('is not written, and fails nobody, where the disk does not take it', () =>
    withTempFolder(async folder => {
      writeFileSync(join(folder, 'a-file'), '')
      expect(await openPulseFile(join(folder, 'a-file/listener.json'), '0.1.0').write('text')).toBe(false)
      // what is in the way of the rename stays, and nothing lies beside it
      expect(await openPulseFile(join(folder, 'b/listener.json/x'), '0.1.0').write('text')).toBe(true)
      expect(await openPulseFile(join(folder, 'b/listener.json'), '0.1.0').write('text')).toBe(false)
      expect(readdirSync(join(folder, 'b'))).toEqual(['listener.json'])
    }))
})

describe('reading a pulse', () => {
  it('gives the text, or nothing where there is none', () =>
    withTempFolder(async folder => {
      const reader = openPulseReader(join(folder, '_state'))
      expect(reader.host).toBe(hostname())
      expect(await reader.read('listener.json')).toBeUndefined()
      await openPulseFile(join(folder, '_state/listener.json'), '0.1.0').write('beat')
      expect(await reader.read('listener.json')).toBe('beat')
    }))

  it('knows whether a process runs, also one of somebody else', async () => {
    const reader = openPulseReader('/nowhere')
    expect([process.pid, 1].map(reader.isRunning)).toEqual([true, true])
    const child = spawn('true')
    await new Promise(gone => child.once('close', gone))
    expect(reader.isRunning(child.pid!)).toBe(false)
  })
})
