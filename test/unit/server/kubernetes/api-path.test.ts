import { describe, expect, it } from 'vitest'
import {
  KUBERNETES_OPERATIONS,
  KUBERNETES_RESOURCES,
} from '../../../../src/instrumentation/catalog/kubernetes-values.ts'
import { operationOf, parseApiPath } from '../../../../src/server/kubernetes/api-path.ts'
import { SERVED_NAMES } from '../../../../src/server/simulated/served-resources.ts'

const POD = '/api/v1/namespaces/shop/pods/web-1'

describe('operationOf', () => {
  it.each([
    ['GET', '/api/v1/pods?limit=5', 'list', 'pods', '/api/v1/pods'],
    ['GET', '/api/v1/pods?watch=true', 'watch', 'pods', '/api/v1/pods'],
    ['GET', POD, 'get', 'pods', '/api/v1/namespaces/{namespace}/pods/{name}'],
    ['GET', `${POD}/log?tailLines=5`, 'log', 'pods', '/api/v1/namespaces/{namespace}/pods/{name}/log'],
    ['POST', `${POD}/eviction`, 'evict', 'pods', '/api/v1/namespaces/{namespace}/pods/{name}/eviction'],
    ['DELETE', POD, 'delete', 'pods', '/api/v1/namespaces/{namespace}/pods/{name}'],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/a/deployments/b/scale',
      'scale',
      'deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale',
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/a/deployments/b',
      'patch',
      'deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
    ],
    [
      'PUT',
      '/apis/apps/v1/namespaces/a/deployments/b',
      'update',
      'deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
    ],
    [
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'review',
      'selfsubjectaccessreviews',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    ],
    ['GET', '/api/v1/namespaces', 'list', 'namespaces', '/api/v1/namespaces'],
    ['GET', '/api/v1/namespaces/shop', 'get', 'namespaces', '/api/v1/namespaces/{name}'],
    ['GET', '/readyz', 'get', 'readyz', '/readyz'],
    ['GET', '/version', 'get', 'version', '/version'],
  ])(
    'maps %s %s to operation %s and resource %s, both in the metric catalog',
    (method, path, operation, resource, template) => {
      expect(operationOf(method, new URL(path, 'https://cluster'))).toEqual({ operation, resource, template })
      expect(KUBERNETES_OPERATIONS).toContain(operation)
      expect(KUBERNETES_RESOURCES).toContain(resource)
    },
  )

  it('leaves namespace and object names out of the template', () => {
    const { template } = operationOf(
      'GET',
      new URL('/apis/batch/v1/namespaces/secret-place/jobs/secret-job/status', 'https://x'),
    )
    expect(template).toBe('/apis/batch/v1/namespaces/{namespace}/jobs/{name}/status')
  })
})

describe('parseApiPath', () => {
  it('parses a subresource of a namespace as part of the namespace, not as a resource in it', () => {
    expect(parseApiPath('/api/v1/namespaces/shop/status')).toMatchObject({
      resource: 'namespaces',
      name: 'shop',
      subresource: 'status',
    })
  })

  it.each(['/', '/api', '/api/v1', '/apis/apps/v1', '//x', '/api/v1/pods//log', '/api/v1/%ff', '/metrics'])(
    'returns undefined for %s',
    (path) => {
      expect(parseApiPath(path)).toBeUndefined()
    },
  )
})

describe('KUBERNETES_RESOURCES', () => {
  it('includes every resource that the simulated cluster serves', () => {
    expect(SERVED_NAMES.filter((name) => !(KUBERNETES_RESOURCES as readonly string[]).includes(name))).toEqual([])
  })
})
