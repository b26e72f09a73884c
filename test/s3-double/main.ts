/**
 * The double as a program of its own, for tests of the executable and to try things by hand:
 *
 *     bun test/s3-double/main.ts [--port N] [--bucket NAME …] [--key ID:SECRET[:TOKEN] …] [--region R] [--page-keys N]
 *       [--min-part-bytes N] [--no-conditional-writes] [--log] [--seconds N]
 *
 * The first line on stdout is the endpoint. With --log a JSON line for each request follows. It ends by itself after
 * --seconds (600 if left out), and when its stdin ends where that is a pipe, so that it never outlives who started it.
 */
import { fstatSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startS3Double, TEST_KEY } from './double.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    bucket: { type: 'string', multiple: true, default: ['lake'] },
    key: { type: 'string', multiple: true, default: [`${TEST_KEY.accessKeyId}:${TEST_KEY.secretAccessKey}`] },
    region: { type: 'string', default: 'us-east-1' },
    'page-keys': { type: 'string', default: '1000' },
    'min-part-bytes': { type: 'string', default: String(5 * 1024 * 1024) },
    'no-conditional-writes': { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '600' },
  },
})

const keys = values.key.map(text => {
  const [accessKeyId = '', secretAccessKey = '', sessionToken] = text.split(':')
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
})
const s3 = await startS3Double({
  port: Number(values.port),
  buckets: values.bucket,
  keys,
  region: values.region,
  pageKeys: Number(values['page-keys']),
  minPartBytes: Number(values['min-part-bytes']),
  conditionalWrites: !values['no-conditional-writes'],
})
process.stdout.write(`${s3.endpoint}\n`)

const end = () => void s3.close().then(() => process.exit(0))
setTimeout(end, Number(values.seconds) * 1000)
if (fstatSync(0).isFIFO() || fstatSync(0).isSocket()) {
  process.stdin.resume()
  process.stdin.once('end', end)
}
if (values.log) {
  let told = 0
  setInterval(() => {
    if (s3.log.length < told) told = 0
    for (; told < s3.log.length; told++) process.stdout.write(`${JSON.stringify(s3.log[told])}\n`)
  }, 20)
}
