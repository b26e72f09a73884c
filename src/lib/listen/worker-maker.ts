/** A segment maker in another thread: both ends of the line. Records are handed over and their memory comes back. */
import type { Handlers, WorkerLine } from '../io/workers.ts'
import type { PublishedSegment, SegmentMaker } from './segment-maker.ts'
import type { AddedLines } from './segment-records.ts'

/** This end: a maker that has another do the work. */
export function makerBehind(line: WorkerLine): SegmentMaker {
  return {
    add: (segment, header, records) =>
      line.call('add', [segment, header, records], [records.buffer]) as Promise<AddedLines & { memory: ArrayBuffer }>,
    publish: (segment, lines) => line.call('publish', [segment, lines]) as Promise<PublishedSegment>,
    async forget(segment) {
      await line.call('forget', [segment])
    },
  }
}

/** The other end. @param maker that does the work, once it is there */
export function makerHandlers(maker: () => SegmentMaker): Handlers {
  return {
    async add(...values: Parameters<SegmentMaker['add']>) {
      const value = await maker().add(...values)
      return { value, handOver: [value.memory] }
    },
    publish: async (segment: string, lines: number) => ({ value: await maker().publish(segment, lines) }),
    forget: async (segment: string) => ({ value: await maker().forget(segment) }),
  }
}
