// Finds the missing ConfigMap, Secret or key in a kubelet message.

export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret' | undefined
  /** '' if the message names only the key. */
  readonly name: string
  /** Set if the object is there and a key of it is not. */
  readonly key: string | undefined
}

const KEY_OF = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) (?:[\w.-]{1,253}\/)?([\w.-]{1,253})/i
const KEY = /references non-existent (config|secret) key: (\S{1,253})/i
const OBJECT = /\b(configmap|secret)s? "([^"]{1,253})" not found/i

/** @example configReference('configmap "app" not found') // { kind: 'ConfigMap', name: 'app', key: undefined } */
export function configReference(message: string): ConfigReference | undefined {
  const keyOf = KEY_OF.exec(message)
  if (keyOf !== null) return { kind: kindOf(keyOf[2]), name: keyOf[3] ?? '', key: keyOf[1] ?? '' }
  const key = KEY.exec(message)
  if (key !== null) return { kind: kindOf(key[1]), name: '', key: key[2] ?? '' }
  const object = OBJECT.exec(message)
  if (object === null) return undefined
  return { kind: kindOf(object[1]), name: object[2] ?? '', key: undefined }
}

function kindOf(word: string | undefined): ConfigReference['kind'] {
  return /^config/i.test(word ?? '') ? 'ConfigMap' : 'Secret'
}
