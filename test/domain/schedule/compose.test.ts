// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are Compose's
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEMO_COMPOSE, REPOSITORY_COMPOSE } from '../../../scripts/compose.ts'
import { composeText, isComposeText } from '../../../src/lib/domain/schedule/compose.ts'
import { REPOSITORY } from '../../support/folders.ts'

const lineOf = (text: string, start: string) =>
  text
    .split('\n')
    .find(line => line.trim().startsWith(start))
    ?.trim()

describe('compose.yaml', () => {
  it.each([
    ['compose.yaml', REPOSITORY_COMPOSE],
    ['compose.demo.yaml', DEMO_COMPOSE],
  ])('of the repository, %s, is what the program writes', (name, plan) => {
    expect(readFileSync(join(REPOSITORY, name), 'utf8')).toBe(composeText(plan))
  })

  it('is known again, also after somebody has edited it', () => {
    expect(isComposeText(`${composeText(REPOSITORY_COMPOSE)}# mine\n`)).toBe(true)
    expect(isComposeText('services: {}\n')).toBe(false)
  })

  it('spells words so that neither YAML nor Compose reads anything into them', () => {
    const listenOptions = ['--rule=-is:retweet "a: b" $HOME', '--keyword=# São \\ Paulo']
    expect(lineOf(composeText({ ...REPOSITORY_COMPOSE, listenOptions }), 'command: ["listen"')).toBe(
      'command: ["listen", "--rule=-is:retweet \\"a: b\\" $$HOME", "--keyword=# São \\\\ Paulo"]',
    )
  })

  it('mounts a folder that is named, and needs no volume for the lake then', () => {
    const text = composeText({ ...REPOSITORY_COMPOSE, lake: '/srv/my: $lake' })
    expect(text).toContain('    - { type: bind, source: "/srv/my: $$lake", target: /lake }\n')
    expect(text).not.toContain('  lake: {}')
    expect(lineOf(text, 'TWDW_LAKE')).toBe('TWDW_LAKE: "${TWDW_LAKE:-/lake}"')
  })

  it('says to both services how a lake in S3 is reached', () => {
    const s3 = { endpoint: 'https://s3.example.org', region: 'eu-west-1', isPathStyle: true }
    const text = composeText({ ...REPOSITORY_COMPOSE, lake: 's3://bucket/lake', s3 })
    expect(text.match(/TWDW_(?:LAKE|S3_\w+): .*/g)).toEqual([
      'TWDW_LAKE: "${TWDW_LAKE:-s3://bucket/lake}"',
      'TWDW_S3_ENDPOINT: "${TWDW_S3_ENDPOINT:-https://s3.example.org}"',
      'TWDW_S3_REGION: "${TWDW_S3_REGION:-eu-west-1}"',
      'TWDW_S3_PATH_STYLE: "${TWDW_S3_PATH_STYLE:-true}"',
    ])
    expect(text.match(/<<: \*environment/g)).toHaveLength(2)
  })

  it('has the scheduler leave small files alone where that is wanted', () => {
    const settingOf = (compacts: boolean) => lineOf(composeText({ ...REPOSITORY_COMPOSE, compacts }), 'TWDW_NO_COMPACT')
    expect(settingOf(true)).toBe('TWDW_NO_COMPACT: "${TWDW_NO_COMPACT:-}"')
    expect(settingOf(false)).toBe('TWDW_NO_COMPACT: "${TWDW_NO_COMPACT:-true}"')
  })

  it('leaves a value alone that no default can hold', () => {
    const text = composeText({ ...REPOSITORY_COMPOSE, tokenFile: './a}b' })
    expect(text).toContain('    file: "./a}b"\n')
  })

  it('never holds a token, and none is asked for by the generator', () => {
    expect(composeText(DEMO_COMPOSE)).not.toContain('x_bearer_token')
  })

  it('refuses a word that would be two lines', () => {
    expect(() => composeText({ ...REPOSITORY_COMPOSE, listenOptions: ['--keyword=a\nb'] })).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"--keyword=a\\nb" holds a control character, and a line cannot',
      }),
    )
  })
})
