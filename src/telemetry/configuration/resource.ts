// Who measures: options and environment in, the resource out. Built by hand, because the SDK's detectors would put the
// command line, with whatever secret stands in it, on an unauthenticated /metrics.
import { hostname } from 'node:os'
import { SCOPE } from '@mcp-vitals/instrumentation'
import { diag } from '@opentelemetry/api'
import { SDK_INFO } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources'
import type { Environment } from './environment-reader.ts'
import { withEnvironment } from './with-environment.ts'

export interface ResourceOptions {
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined
}

/**
 * The resource; what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say wins over the options.
 *
 * @param instance Tells this process from others on the host, if neither a pod nor the environment does: see `instanceOf`.
 */
export function createResource(env: Environment, options: ResourceOptions, instance: string | number): Resource {
  const { serviceName, serviceVersion, resourceAttributes } = options
  const named = env['OTEL_SERVICE_NAME']?.trim() ?? ''
  const detected = withEnvironment(env, () => detectResources({ detectors: [resourceAttributesEnvDetector] }))
  if ((env['OTEL_RESOURCE_ATTRIBUTES']?.trim() ?? '') !== '' && Object.keys(detected.attributes).length === 0) {
    diag.warn('OTEL_RESOURCE_ATTRIBUTES is not of the form key=value,key=value, percent-encoded; all of it is left out')
  }
  const known = resourceFromAttributes({
    'service.name': serviceName ?? 'unknown_service:node',
    ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
    ...SDK_INFO,
    'telemetry.distro.name': SCOPE.name,
    'telemetry.distro.version': SCOPE.version,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...resourceAttributes,
  })
    .merge(detected)
    .merge(named === '' ? null : resourceFromAttributes({ 'service.name': named }))
  const { attributes } = known
  const id = attributes['service.instance.id'] ?? attributes['k8s.pod.uid'] ?? attributes['k8s.pod.name']
  return known.merge(resourceFromAttributes({ 'service.instance.id': id ?? `${hostname()}:${instance}` }))
}
