// Who measures: options and environment in, the resource out. Built by hand, because the SDK's detectors would put the
// command line, with whatever secret stands in it, on an unauthenticated /metrics.
import { hostname } from 'node:os'
import type { Resource } from '@opentelemetry/resources'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { SCOPE } from '../catalog/scope.ts'

export interface ResourceOptions {
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined
}

/** The resource; what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say wins over the options. */
export function createResource(options: ResourceOptions, listener: { readonly port: number }): Resource {
  const { serviceName = 'unknown_service:node', serviceVersion, resourceAttributes } = options
  const given = resourceFromAttributes({
    'service.name': serviceName,
    ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.distro.name': SCOPE.name,
    'telemetry.distro.version': SCOPE.version,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...resourceAttributes,
  }).merge(detectResources({ detectors: [envDetector] }))
  const { attributes } = given
  const instance = attributes['service.instance.id'] ?? attributes['k8s.pod.uid'] ?? attributes['k8s.pod.name']
  // The same after a restart: a random id would start every series anew.
  const fallback = `${hostname()}:${listener.port}`
  return given.merge(resourceFromAttributes({ 'service.instance.id': instance ?? fallback }))
}
