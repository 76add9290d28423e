// Image in, the part that it is of: containers run the versions that the tests run.
import { PARTS } from '../../parts/parts.ts'

const VERSION_OF: Readonly<Record<string, (version: string) => string>> = {
  prometheus: (version) => `prom/prometheus:v${version}`,
  alertmanager: (version) => `prom/alertmanager:v${version}`,
  collector: (version) => `otel/opentelemetry-collector-contrib:${version}`,
  // One release has two numbers: v1.76.0 is the tag that Go takes, 2.13.0 is what people know.
  jaeger: (version) => `jaegertracing/jaeger:${version.replace('1.76.0', '2.13.0')}`,
}

/** The images, with their tags, that are what `npm run parts` builds. */
export const TESTED_IMAGES: readonly string[] = PARTS.flatMap(({ name, version }) => {
  const image = VERSION_OF[name]
  return image === undefined ? [] : [image(version)]
})
