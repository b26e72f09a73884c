/** Bodies of answers: they may break off after the answer began, which no attempt of the SDK covers. */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { Clock } from '../clock.ts'
import type { S3Sdk } from './client.ts'
import { mayPass } from './errors.ts'
import { etagOf } from './etags.ts'

/** An answer whose body broke off is asked for so often, each with the attempts of the SDK. */
const MAX_BODIES = 4
/** doubled each time */
const BODY_RETRY_MS = 250

/** Asks for an object, and again where its body breaks off. */
export async function withBody<T>(
  { sdk, client }: S3Sdk,
  input: object,
  clock: Pick<Clock, 'sleep'>,
  use: (answer: GetObjectCommandOutput) => Promise<T>,
): Promise<T> {
  for (let asked = 1; ; asked++) {
    const answer = await client.send(new sdk.GetObjectCommand(input as never))
    try {
      return await use(answer)
    } catch (error) {
      if (asked === MAX_BODIES || !mayPass(error)) throw error
      await clock.sleep(BODY_RETRY_MS * 2 ** (asked - 1))
    }
  }
}

/** @throws where fewer bytes came than were announced */
export async function bodyOf(answer: GetObjectCommandOutput): Promise<Uint8Array> {
  etagOf(answer)
  const { Body, ContentLength } = answer
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
  refuseShort(bytes.length, ContentLength)
  return bytes
}

/** @param location of a file that is made; where it fails there is none. @returns its length */
export async function bodyToFile({ Body, ContentLength }: GetObjectCommandOutput, location: string): Promise<number> {
  try {
    const file = createWriteStream(location, { mode: 0o600 })
    await pipeline(Body as Readable, file)
    refuseShort(file.bytesWritten, ContentLength)
    return file.bytesWritten
  } catch (error) {
    await rm(location, { force: true })
    throw error
  }
}

/** The body of an answer ended before its announced length. */
class ShortBody extends Error {
  override readonly name = 'ShortBody'
}

function refuseShort(bytes: number, announced: number | undefined): void {
  if (announced !== undefined && bytes !== announced) {
    throw new ShortBody(`the answer broke off after ${bytes} of ${announced} bytes`)
  }
}
