/** What files of a release are called, and the list of their checksums. */

/** @param target as in pkg.config.json */
export function releaseName(version: string, target?: string): string {
  return ['twdw', version, ...(target === undefined ? [] : [target])].join('-')
}

export function executableName(target: string): string {
  return target.startsWith('windows') ? 'twdw.exe' : 'twdw'
}

/** Windows opens a zip by itself. */
export function archiveName(version: string, target: string): string {
  return `${releaseName(version, target)}${target.startsWith('windows') ? '.zip' : '.tar.gz'}`
}

/** As `sha256sum -c` reads it. @param sums name → SHA-256 in hexadecimal */
export function checksumLines(sums: ReadonlyMap<string, string>): string {
  const names = [...sums.keys()].toSorted()
  return names.map(name => `${sums.get(name)}  ${name}\n`).join('')
}
