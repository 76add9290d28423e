import { describe, expect, it } from 'vitest'
import { permissionFrom, remediationPolicy } from '../../../../../src/server/kubernetes/remediation/permission.ts'

describe('permissionFrom', () => {
  it.each(['', 'restart', '@shop', 'restart@', 'restart@shop@data', 'exec@shop', 'restart@Shop', 'restart@-a', 'true'])(
    'rejects the invalid permission "%s"',
    (text) => {
      expect(() => permissionFrom(text)).toThrow(/is not a permission \(example: restart@shop/)
    },
  )
})

describe('remediationPolicy', () => {
  it('protects the namespaces of the control plane, which no permission can name', () => {
    expect(() => permissionFrom('restart@kube-system')).toThrow('cannot be allowed')
    for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease']) {
      expect(() => remediationPolicy([permissionFrom('*@*')]).check('restart', namespace)).toThrow('is protected')
    }
  })

  it('protects the given namespaces, and only these, against every permission', () => {
    const policy = remediationPolicy([permissionFrom('*@*'), permissionFrom('scale@payments')], ['payments'])

    expect(() => policy.check('scale', 'payments')).toThrow('is protected')
    expect(() => policy.check('scale', 'shop')).not.toThrow()
  })

  it('allows each action only in the namespaces of its permissions', () => {
    const policy = remediationPolicy([permissionFrom('restart@shop'), permissionFrom('*@data')])

    expect(policy.actions).toEqual(['restart', 'scale', 'rollback', 'delete_pod'])
    expect(() => policy.check('restart', 'shop')).not.toThrow()
    expect(() => policy.check('scale', 'data')).not.toThrow()
    expect(() => policy.check('scale', 'shop')).toThrow('it is allowed only in data')
  })

  it('allows nothing without permissions', () => {
    const policy = remediationPolicy([])

    expect(policy.actions).toEqual([])
    expect(() => policy.check('restart', 'shop')).toThrow('it is allowed nowhere')
  })
})
