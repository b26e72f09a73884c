/**
 * Something that will come, waited for a while at a time.
 *
 * `Promise.race` leaves something behind on a promise each time that it is asked, and the next element of a source may be a day
 * in coming: here the promise is asked once.
 */
import type { Clock } from '../io/clock.ts'

export class Upcoming<T> {
  readonly value: Promise<T>
  private isHere = false
  private wake: () => void = () => undefined

  constructor(value: Promise<T>) {
    this.value = value
    const arrive = () => {
      this.isHere = true
      this.wake()
    }
    value.then(arrive, arrive)
  }

  /** One wait at a time. @returns whether it has come, or failed, so that `value` is settled */
  async within(ms: number, clock: Clock): Promise<boolean> {
    if (this.isHere) return true
    const awake = new AbortController()
    this.wake = () => awake.abort()
    await clock.sleep(ms, awake.signal)
    return this.isHere
  }
}
