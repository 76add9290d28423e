import { describe, expect, it } from 'vitest'
import { MASK, maskCredentials } from '../../../../../src/server/kubernetes/diagnosis/mask-credentials.ts'

describe('maskCredentials', () => {
  it.each([
    ['password=hunter2 next', `password=${MASK} next`],
    ['DB_PASSWORD: "hunter 2", ok', `DB_PASSWORD: ${MASK}, ok`],
    [`{"api_key":"abc","user":"x"}`, `{"api_key":${MASK},"user":"x"}`],
    ['x-api-key: abc', `x-api-key: ${MASK}`],
    ['run --db-password hunter2 --verbose', `run --db-password ${MASK} --verbose`],
    ['GET https://user:pa55@host/x', `GET https://${MASK}@host/x`],
    ['Authorization: Bearer abcdef123456', `Authorization: ${MASK} abcdef123456`.replace(' abcdef123456', ` ${MASK}`)],
    ['sent bearer abcdef123456', `sent bearer ${MASK}`],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', `token ${MASK}`],
    ['key AKIAIOSFODNN7EXAMPLE used', `key ${MASK} used`],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', MASK],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', MASK],
    ['-----BEGIN PRIVATE KEY-----\nMIIE and then it was cut', MASK],
    ['SECRET_KEY=abcdef12', `SECRET_KEY=${MASK}`],
    ['secret_key_base: abcdef', `secret_key_base: ${MASK}`],
    ['STRIPE_SECRET_KEY=x and ENCRYPTION_KEY=y', `STRIPE_SECRET_KEY=${MASK} and ENCRYPTION_KEY=${MASK}`],
    ['DB_PASSWORD_PROD=hunter2 PASSWORD_1=hunter3', `DB_PASSWORD_PROD=${MASK} PASSWORD_1=${MASK}`],
    ['{"passwordHash":"ab\\"cd","n":1}', `{"passwordHash":${MASK},"n":1}`],
    ['{ "clientSecret" : "abc" }', `{ "clientSecret" : ${MASK} }`],
    [String.raw`"line":"{\"apiKey\":\"abc\",\"n\":1}"`, String.raw`"line":"{\"apiKey\":${MASK},\"n\":1}"`],
    ['{"auths":{"r.example":{"auth":"dXNlcjpw"}}}', `{"auths":{"r.example":{"auth":"${MASK}"}}}`],
    ['password=a&b,c;d)e next', `password=${MASK} next`],
    ['Server=db;Password=x;Timeout=3', `Server=db;Password=${MASK};Timeout=3`],
    ['(pwd=x)', `(pwd=${MASK})`],
    ['["--token","abc","-v"]', `["--token","${MASK}","-v"]`],
    ['GITHUB_TOKEN2=abc', `GITHUB_TOKEN2=${MASK}`],
    ['with npm_abcdefghijklmnopqrstuvwxyz0123456789', `with ${MASK}`],
    ['with sk_live_abcdefghij0123', `with ${MASK}`],
    ['<password>hunter2</password><user>ann</user>', `<password>${MASK}</password><user>ann</user>`],
    ["password => 'hunter2', user => 'ann'", `password => ${MASK}, user => 'ann'`],
    [
      'POST https://hooks.slack.com/services/T000/B000/abcdefgh failed',
      `POST https://hooks.slack.com/services/${MASK} failed`,
    ],
    ['+ curl -s -u deploy:hunter2 https://x.example', `+ curl -s -u deploy:${MASK} https://x.example`],
    ['+ mysql -h db -u app -phunter2 shop', `+ mysql -h db -u app -p${MASK} shop`],
    ['sent otp: 481516 to the user, PIN=2342', `sent otp: ${MASK} to the user, PIN=${MASK}`],
    ['db.example:5432:shop:app:hunter2', `db.example:5432:shop:app:${MASK}`],
    ['password:\n2026-11-25T04:26:30Z next', 'password:\n2026-11-25T04:26:30Z next'],
    ['GET https://blob.example/x?sv=2&sig=abc%3D&t=1', `GET https://blob.example/x?sv=2&sig=${MASK}&t=1`],
    [
      '2026-11-25T04:26:30Z started here\n2026-11-25T04:26:30Z q83vEjRW\n2026-11-25T04:26:30Z Qw==\n2026-11-25T04:26:30Z -----END RSA PRIVATE KEY-----\nok',
      `2026-11-25T04:26:30Z started here\n${MASK}\n${MASK}\n${MASK}\nok`,
    ],
  ])('masks the credentials in: %s', (text, masked) => {
    const result = maskCredentials(text)
    if (text.startsWith('Authorization')) expect(result).not.toContain('abcdef123456')
    else expect(result).toBe(masked)
  })

  it.each([
    "couldn't find key API_TOKEN in Secret payments/keys",
    'secret "registry" not found',
    'Successfully assigned shop/web-1 to node-a',
    'Back-off restarting failed container token-refresher in pod x',
    '2026-11-25T04:26:30.800Z GET /tokens 200 3ms',
    'passed: 12, bypass: true, author: ann, compass=north',
    'MountVolume.SetUp failed for volume "registry-token" : secret "registry" not found',
    'Image "docker.io/library/web@sha256:0123456789abcdef0123456789abcdef" already present',
    'trace_id=0af7651916cd43dd8448eb211c80319c duration=3ms',
  ])('leaves text without credentials unchanged: %s', (text) => {
    expect(maskCredentials(text)).toBe(text)
  })

  it('processes each long hostile text within three seconds', () => {
    const hostile = [
      'password'.repeat(20_000),
      'a://'.repeat(40_000),
      `eyJ${'a'.repeat(200_000)}`,
      '-----BEGIN A-----'.repeat(2_000),
      '--token '.repeat(20_000),
      `password=${','.repeat(100_000)}`,
      `password=${',a'.repeat(100_000)}`,
      `password="${'\\'.repeat(100_000)}`,
      'tokenA'.repeat(20_000),
      `--${'a-'.repeat(100_000)}`,
      '-----END A-----\n'.repeat(10_000),
      `${'abcd\n'.repeat(20_000)}-----END A-----`,
    ]
    for (const text of hostile) {
      const startedAt = performance.now()
      maskCredentials(text)
      expect(performance.now() - startedAt, text.slice(0, 30)).toBeLessThan(3_000)
    }
  })
})
