/** A lake whose user is killed in the middle of its work: at one operation, before or after it was done. */
import type { Lake } from '../../src/lib/io/lake.ts'

export interface Death {
  /** the operation at which it comes, 1 for the first; Infinity for a long life */
  at: number
  when: 'before' | 'after'
}

/** What a dead process would not have lived to see. Nobody foresees it, so nothing is done about it. */
export class Killed extends Error {}

/**
 * All kinds of operation count: list, read, open, write, remove, lock. Whatever is asked after the death is not done.
 * @param operations gets the name of each that was asked for while it lived, such as `write layer2/…`
 */
export function killedLake(lake: Lake, { at, when }: Death, operations: string[] = []): Lake {
  let isDead = false
  async function live<T>(name: string, act: () => Promise<T>): Promise<T> {
    if (isDead) throw new Killed(name)
    operations.push(name)
    const isLast = operations.length === at
    isDead = isLast
    if (isLast && when === 'before') throw new Killed(name)
    const done = await act()
    if (isLast) throw new Killed(name)
    return done
  }
  return {
    ...lake,
    list: prefix => live(`list ${prefix}`, () => lake.list(prefix)),
    read: path => live(`read ${path}`, () => lake.read(path)),
    readListed: files => Promise.all(files.map(({ path }) => live(`read ${path}`, () => lake.read(path)))),
    open: path => live(`open ${path}`, () => lake.open(path)),
    write: (path, bytes) => live(`write ${path}`, () => lake.write(path, bytes)),
    // whoever dies in between has written some of them
    async writeAll(files) {
      for (const { path, bytes } of files) await live(`write ${path}`, () => lake.write(path, bytes))
    },
    writeNew: (path, bytes) => live(`write ${path}`, () => lake.writeNew(path, bytes)),
    remove: path => live(`remove ${path}`, () => lake.remove(path)),
    // the kernel gives the lock of a dead process back, which is as if it had never been taken
    lock: name => live(`lock ${name}`, async () => async () => undefined),
  }
}
