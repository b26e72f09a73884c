import { describe, expect, it } from 'vitest'
import type { TwdwError } from '../../../src/lib/errors.ts'
import { parseSparkRemote } from '../../../src/lib/io/spark/remote.ts'

const PLAIN = { isEncrypted: false, token: undefined, userId: 'ana', sessionId: undefined, headers: {} }
const refusal = (text: string) => {
  try {
    parseSparkRemote(text, 'ana')
  } catch (error) {
    return (error as TwdwError).message
  }
  return undefined
}

describe('parseSparkRemote', () => {
  it.each([
    ['sc://spark', { ...PLAIN, address: 'spark:15002' }],
    ['sc://spark:443/', { ...PLAIN, address: 'spark:443' }],
    ['sc://[::1]:15003', { ...PLAIN, address: '[::1]:15003' }],
    ['sc://spark/;use_ssl=true', { ...PLAIN, address: 'spark:15002', isEncrypted: true }],
    ['sc://spark/;token=a%3Db', { ...PLAIN, address: 'spark:15002', isEncrypted: true, token: 'a=b' }],
    ['sc://localhost/;token=t', { ...PLAIN, address: 'localhost:15002', token: 't' }],
    ['sc://localhost/;token=t;use_ssl=true', { ...PLAIN, address: 'localhost:15002', token: 't', isEncrypted: true }],
    [
      'sc://spark/;user_id=bo;session_id=s;x-team=a',
      {
        ...PLAIN,
        address: 'spark:15002',
        userId: 'bo',
        sessionId: 's',
        headers: { 'x-team': 'a' },
      },
    ],
  ])('reads %s', (text, remote) => {
    expect(parseSparkRemote(text, 'ana')).toEqual(remote)
  })

  it.each([
    ['http://spark', '"http://spark" is no address of a Spark Connect server: it does not begin with sc://'],
    ['sc://a b', '"sc://a b" is no address of a Spark Connect server: "a b" is no host and port'],
    ['sc://a:b', '"sc://a:b" is no address of a Spark Connect server: "a:b" is no host and port'],
    ['sc://a/;token', '"sc://a/;token" is no address of a Spark Connect server: "token" is not name=value'],
    ['sc://a/;use_ssl=yes', '"sc://a/;use_ssl=yes" is no address of a Spark Connect server: use_ssl is true or false'],
    ['sc://a/;a b=1', '"sc://a/;a b=1" is no address of a Spark Connect server: "a b=1" cannot be sent with a call'],
    ['sc://a/;x=%0a', '"sc://a/;x=%0a" is no address of a Spark Connect server: "x=%0a" cannot be sent with a call'],
    ['sc://a/;x=%', '"sc://a/;x=%" is no address of a Spark Connect server: "x=%" cannot be sent with a call'],
    ['sc://a/;token=secret;use_ssl=false', 'sc://a/;token=…;use_ssl=false would send its token unencrypted'],
    ['sc:/a/;token=secret', '"sc:/a/;token=…" is no address of a Spark Connect server: it does not begin with sc://'],
    ['sc://a b;TOKEN=secret', '"sc://a b;TOKEN=…" is no address of a Spark Connect server: "a b" is no host and port'],
    [
      'sc://a/;token=%',
      '"sc://a/;token=…" is no address of a Spark Connect server: "token=…" cannot be sent with a call',
    ],
  ])('refuses %s, and says none of its token', (text, sentence) => {
    expect(refusal(text)).toBe(sentence)
  })
})
