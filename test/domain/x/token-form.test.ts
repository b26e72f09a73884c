import { expect, it } from 'vitest'
import { oddTokenForm } from '../../../src/lib/domain/x/token-form.ts'

const GOOD = `${'A'.repeat(22)}MLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3D${'EUifiRBkKG5E2XzMDjRfl76ZC9Ub0w'}`

it.each([
  ['a user’s access token', '123456789-abcDEFghiJKLmnoPQRstuVWXyz012345678901', /a user's access token/],
  ['quoted', `"${GOOD}"`, /stands in quotes/],
  ['decoded', decodeURIComponent(GOOD), /percent-decoded/],
  ['a key', 'xvz1evFS4wEEPTGEFPHBog123', /has 25 characters/],
  ['another beginning', `BBBB${GOOD.slice(4)}`, /does not begin as/],
])('finds the form of %s odd, and shows nothing of it', (_, token, said) => {
  const odd = oddTokenForm(token)
  expect(odd).toMatch(said)
  expect(odd).toMatch(/^it [^:]+: [^:]+$/)
  expect(odd).not.toContain(token.slice(3, 12))
})

it('finds nothing odd about a token as the console gives it', () => expect(oddTokenForm(GOOD)).toBeUndefined())
