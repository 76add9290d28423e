import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import type { Environment } from '../../../../src/telemetry/configuration/environment.ts'
import { createResource } from '../../../../src/telemetry/configuration/resource.ts'

test.each<[string, Environment, string]>([
  ['its own id', { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine,k8s.pod.uid=u,k8s.pod.name=p' }, 'mine'],
  ["its pod's uid", { OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=p,k8s.pod.uid=u' }, 'u'],
  ["its pod's name", { OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=p' }, 'p'],
  ['its host and port', {}, `${hostname()}:9464`],
])('an instance is known by %s', (_, env, id) => {
  expect(createResource(env, {}, 9464).attributes['service.instance.id']).toBe(id)
})

test('an instance id given in the program goes before the host, and the environment goes before both', () => {
  const options = { resourceAttributes: { 'service.instance.id': 'program' } }
  expect(createResource({}, options, 9464).attributes['service.instance.id']).toBe('program')
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=environment' }
  expect(createResource(env, options, 9464).attributes['service.instance.id']).toBe('environment')
})

test('the name of a service comes from its variable, then the attributes, then the program, then nowhere', () => {
  const name = (env: Environment, serviceName?: string) =>
    createResource(env, { serviceName }, 1).attributes['service.name']
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=attributes' }
  expect(name({ ...attributes, OTEL_SERVICE_NAME: 'variable' }, 'program')).toBe('variable')
  expect(name(attributes, 'program')).toBe('attributes')
  expect(name({ OTEL_SERVICE_NAME: ' ' }, 'program')).toBe('program')
  expect(name({})).toBe('unknown_service:node')
})

test("the process's own variables are not looked at when others are given, and stay as they were", () => {
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'from=process'
  const { attributes } = createResource({ OTEL_RESOURCE_ATTRIBUTES: 'from=given' }, {}, 1)
  expect(attributes['from']).toBe('given')
  expect(createResource({}, {}, 1).attributes).not.toHaveProperty('from')
  expect(process.env['OTEL_RESOURCE_ATTRIBUTES']).toBe('from=process')
  delete process.env['OTEL_RESOURCE_ATTRIBUTES']
})

test('nothing of the command line, the user or the machine is in it', () => {
  const { attributes } = createResource({}, {}, 1)
  expect(Object.keys(attributes).filter((key) => /^(process\.(?!runtime)|host\.|os\.)/.test(key))).toEqual([])
  expect(JSON.stringify(attributes)).not.toContain(process.argv[1])
})
