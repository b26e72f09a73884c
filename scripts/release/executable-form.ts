/** Executables looked at from outside: whether they are of the system and the processor that they are named after, and carry what they must. */
import { basename } from 'node:path'
import type { Target } from '../build.ts'
import { signatureFault } from '../mach-o.ts'

/** What is wrong with it; undefined where nothing is. @param name of the target in pkg.config.json, such as `linux-arm64-musl` */
export function executableFault(name: string, target: Target, file: Buffer): string | undefined {
  const [system = '', processor = ''] = name.split('-')
  const fault = FORMS[system]?.(file, processor, name.endsWith('-musl'))
  if (fault !== undefined) return fault
  const missing = carriedNames(target).filter(carried => !file.includes(carried))
  return missing.length === 0 ? undefined : `it does not carry ${missing.join(' and ')}`
}

/** How names of files begin that lie in the executable; a hash follows. */
function carriedNames({ embedded }: Target): string[] {
  const wasm = basename(embedded.parquetWasm, '.wasm')
  return [...embedded.duckdb.map(path => `/root/${basename(path)}-`), `/root/${wasm}-`]
}

type Form = (file: Buffer, processor: string, isMusl: boolean) => string | undefined

const FORMS: Readonly<Record<string, Form>> = { linux: elfFault, darwin: machOFault, windows: peFault }

const ELF_MAGIC = '\x7fELF'
const ELF_PROCESSORS: Readonly<Record<string, number>> = { x64: 62, arm64: 183 }
/** the loader is named in the first part of the file */
const ELF_HEAD_BYTES = 8192

function elfFault(file: Buffer, processor: string, isMusl: boolean): string | undefined {
  if (file.toString('latin1', 0, 4) !== ELF_MAGIC) return 'it is no ELF file'
  if (file.readUInt16LE(18) !== ELF_PROCESSORS[processor]) return `it is not for ${processor}`
  const [loader = 'none'] = /\/lib(?:64)?\/ld-[a-z0-9_.-]+/.exec(file.toString('latin1', 0, ELF_HEAD_BYTES)) ?? []
  return loader.includes('musl') === isMusl ? undefined : `its loader is ${loader}`
}

const MACH_O_MAGIC = 0xfeedfacf
const MACH_O_PROCESSORS: Readonly<Record<string, number>> = { x64: 0x01000007, arm64: 0x0100000c }

function machOFault(file: Buffer, processor: string): string | undefined {
  if (file.readUInt32LE(0) !== MACH_O_MAGIC) return 'it is no 64-bit Mach-O file'
  if (file.readUInt32LE(4) !== MACH_O_PROCESSORS[processor]) return `it is not for ${processor}`
  return signatureFault(file)
}

const PE_MAGIC = 'PE\0\0'
const PE_PROCESSORS: Readonly<Record<string, number>> = { x64: 0x8664, arm64: 0xaa64 }

function peFault(file: Buffer, processor: string): string | undefined {
  const at = file.toString('latin1', 0, 2) === 'MZ' ? file.readUInt32LE(0x3c) : 0
  if (file.toString('latin1', at, at + 4) !== PE_MAGIC) return 'it is no Windows executable'
  return file.readUInt16LE(at + 4) === PE_PROCESSORS[processor] ? undefined : `it is not for ${processor}`
}
