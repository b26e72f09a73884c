/**
 * A lake as a Spark cluster has it: nothing is brought to this machine, and files are named as the cluster opens them.
 *
 * A folder has to be at the same path on every machine of the cluster; a lake in S3 is read through Hadoop's `s3a`.
 */
import type { Lake } from '../lake.ts'
import { s3PlaceOf } from '../s3/place.ts'

export function lakeForSpark(lake: Lake): Lake {
  const root = `${sparkRootOf(lake.url)}/`
  const stampAt = stampTogether(lake)
  const ours: Pick<Lake, 'folder' | 'bring' | 'stampOf'> = {
    folder: root.slice(0, -1),
    bring: async paths => paths.map(path => `${root}${path}`),
    stampOf: location => stampAt(location.slice(root.length)),
  }
  // not spread: what a far lake keeps on this machine is not even made
  return Object.defineProperties(Object.create(lake), Object.getOwnPropertyDescriptors(ours))
}

/** What an address of the lake begins with for Hadoop, which takes no part of it for escaped. @param url as `Lake` has it */
function sparkRootOf(url: string): string {
  const place = s3PlaceOf(url)
  // without a scheme a cluster may take its own file system, such as HDFS
  return place === undefined ? `file:${url === '/' ? '' : url}` : url.replace(/^s3:/, 's3a:')
}

/** Stamps that are asked for one by one at one time are asked for together: of a far lake each would be a request. */
function stampTogether(lake: Pick<Lake, 'stampsOf'>): (path: string) => Promise<string | undefined> {
  let waiting: string[] = []
  let asked: Promise<Map<string, string | undefined>> | undefined
  async function askAll(): Promise<Map<string, string | undefined>> {
    await undefined
    const paths = waiting
    waiting = []
    asked = undefined
    const stamps = await lake.stampsOf(paths)
    return new Map(paths.map((path, i) => [path, stamps[i]]))
  }
  return async path => {
    waiting.push(path)
    asked ??= askAll()
    return (await asked).get(path)
  }
}
