import { describe, expect, it } from 'vitest'
import { checkSender, isLoopback } from '../../../../src/telemetry/listener/check-sender.ts'

const status = (headers: Record<string, string>, rules = {}) => checkSender({ headers }, rules)?.status ?? 200

describe('checkSender', () => {
  it.each([
    '127.0.0.1',
    'localhost:9464',
    'LOCALHOST',
    'localhost.:80',
    '[::1]:9464',
    '10.0.0.7:9464',
    '[2001:db8::1]',
  ])('lets the host %s pass', (host) => {
    expect(status({ host })).toBe(200)
  })

  it.each([
    'attacker.example',
    '127.attacker.example',
    '127.0.0.1.attacker.example',
    'localhost.attacker.example:80',
    '::1',
  ])('refuses the host %s', (host) => {
    expect(status({ host })).toBe(403)
  })

  it('refuses a request without a Host', () => {
    expect(status({})).toBe(400)
    expect(status({ host: '' })).toBe(400)
  })

  it('lets names on the list pass, with or without their port', () => {
    const rules = { allowedHosts: ['Metrics.example', 'other.example:3000'] }
    expect(status({ host: 'metrics.example:9464' }, rules)).toBe(200)
    expect(status({ host: 'other.example:3000' }, rules)).toBe(200)
    expect(status({ host: 'other.example:4000' }, rules)).toBe(403)
  })

  it.each([
    'http://localhost:6274',
    'https://localhost',
    'http://127.0.0.1:3000',
    'http://127.8.9.1',
    'http://[::1]:5173',
    'http://10.0.0.7:9464', // the listener's own page
    'https://app.example', // on the list
    'HTTPS://APP.EXAMPLE',
  ])('lets a page of %s call', (origin) => {
    expect(status({ host: '10.0.0.7:9464', origin }, { allowedOrigins: ['https://app.example'] })).toBe(200)
  })

  it.each([
    'http://127.attacker.example',
    'http://127.0.0.1.attacker.example',
    'http://localhost.attacker.example',
    'http://10.0.0.8:9464',
    'http://10.0.0.7:80',
    'https://app.example.attacker.example',
    'http://app.example',
    'null',
    'file://',
    'localhost',
    'ftp://localhost',
    'http://',
    '',
  ])('refuses a page of "%s"', (origin) => {
    expect(status({ host: '10.0.0.7:9464', origin }, { allowedOrigins: ['https://app.example'] })).toBe(403)
  })
})

describe('isLoopback', () => {
  it('knows the names and addresses of this machine, and no name that only looks like one', () => {
    expect(['localhost', '::1', '127.0.0.1', '127.255.255.254'].filter((host) => !isLoopback(host))).toEqual([])
    expect(['127.attacker.example', '127.1', '0.0.0.0', '::', '10.0.0.1', ''].filter(isLoopback)).toEqual([])
  })
})
