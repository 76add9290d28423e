import { expect, test } from 'vitest'
import { permissionFrom, remediationPolicy } from '../../../../../src/server/kubernetes/remediation/permission.ts'

test.each(['', 'restart', '@shop', 'restart@', 'restart@shop@data', 'exec@shop', 'restart@Shop', 'restart@-a', 'true'])(
  'what is no permission is a fault: "%s"',
  (text) => {
    expect(() => permissionFrom(text)).toThrow(/is no permission \(such as restart@shop/)
  },
)

test('nothing can be allowed in the control plane’s namespaces', () => {
  expect(() => permissionFrom('restart@kube-system')).toThrow('nothing can be allowed')
  for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease']) {
    expect(() => remediationPolicy([permissionFrom('*@*')]).check('restart', namespace)).toThrow('is protected')
  }
})

test('a namespace that an operator protects is not reached by any permission', () => {
  const policy = remediationPolicy([permissionFrom('*@*'), permissionFrom('scale@payments')], ['payments'])

  expect(() => policy.check('scale', 'payments')).toThrow('is protected')
  expect(() => policy.check('scale', 'shop')).not.toThrow()
})

test('each action is allowed by its name, where it is named', () => {
  const policy = remediationPolicy([permissionFrom('restart@shop'), permissionFrom('*@data')])

  expect(policy.actions).toEqual(['restart', 'scale', 'rollback', 'delete_pod'])
  expect(() => policy.check('restart', 'shop')).not.toThrow()
  expect(() => policy.check('scale', 'data')).not.toThrow()
  expect(() => policy.check('scale', 'shop')).toThrow('it is only in data')
})

test('without permissions there is nothing that may be done', () => {
  const policy = remediationPolicy([])

  expect(policy.actions).toEqual([])
  expect(() => policy.check('restart', 'shop')).toThrow('it is nowhere')
})
