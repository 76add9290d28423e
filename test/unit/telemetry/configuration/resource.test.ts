import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../../src/telemetry/configuration/environment-reader.ts'
import { createResource } from '../../../../src/telemetry/configuration/resource.ts'

describe('createResource', () => {
  it.each<[string, Environment, string]>([
    ['its own ID', { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine,k8s.pod.uid=u,k8s.pod.name=p' }, 'mine'],
    ['the UID of its pod', { OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=p,k8s.pod.uid=u' }, 'u'],
    ['the name of its pod', { OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=p' }, 'p'],
    ['its host and port', {}, `${hostname()}:9464`],
  ])('identifies the instance by %s', (_, env, id) => {
    expect(createResource(env, {}, 9464).attributes['service.instance.id']).toBe(id)
  })

  it('prefers the instance ID of the environment to that of the program, and both to the host', () => {
    const options = { resourceAttributes: { 'service.instance.id': 'program' } }
    expect(createResource({}, options, 9464).attributes['service.instance.id']).toBe('program')
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=environment' }
    expect(createResource(env, options, 9464).attributes['service.instance.id']).toBe('environment')
  })

  it('takes the service name from its variable, then the attributes, the program or the default', () => {
    const name = (env: Environment, serviceName?: string) =>
      createResource(env, { serviceName }, 1).attributes['service.name']
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=attributes' }
    expect(name({ ...attributes, OTEL_SERVICE_NAME: 'variable' }, 'program')).toBe('variable')
    expect(name(attributes, 'program')).toBe('attributes')
    expect(name({ OTEL_SERVICE_NAME: ' ' }, 'program')).toBe('program')
    expect(name({})).toBe('unknown_service:node')
  })

  it('ignores process.env when other variables are given, and does not change it', () => {
    process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'from=process'
    const { attributes } = createResource({ OTEL_RESOURCE_ATTRIBUTES: 'from=given' }, {}, 1)
    expect(attributes['from']).toBe('given')
    expect(createResource({}, {}, 1).attributes).not.toHaveProperty('from')
    expect(process.env['OTEL_RESOURCE_ATTRIBUTES']).toBe('from=process')
    delete process.env['OTEL_RESOURCE_ATTRIBUTES']
  })

  it('contains nothing about the command line, the user or the machine', () => {
    const { attributes } = createResource({}, {}, 1)
    expect(Object.keys(attributes).filter((key) => /^(process\.(?!runtime)|host\.|os\.)/.test(key))).toEqual([])
    expect(JSON.stringify(attributes)).not.toContain(process.argv[1])
  })
})
