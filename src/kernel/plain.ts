/** A part of a value that is no plain data, by its path. */
export interface OddPart {
  readonly path: readonly PropertyKey[];
  /** Reading it threw: a getter, or a proxy. What it threw may hold anything. */
  readonly unreadable: boolean;
}

interface Allowed {
  /** How far down it looks. What is deeper is declared nowhere, and refused for that. */
  readonly depth: number;
  /** Whether a field may be a date. */
  readonly dates: boolean;
}

/**
 * The first part of a value that is not plain data: an object of a class, one with inherited
 * fields or with a field `__proto__`, or one that cannot be read. `null`: all of it is plain.
 *
 * Why: a check of fields passes over what is inherited, and takes a map or a promise for an object
 * without fields.
 */
export function oddPart(value: unknown, { depth, dates }: Allowed): OddPart | null {
  if (typeof value !== "object" || value === null || depth === 0) return null;
  try {
    if (!isPlain(value)) return { path: [], unreadable: false };
    for (const key of Object.keys(value)) {
      const odd = oddField(value, key, { depth: depth - 1, dates });
      if (odd) return odd;
    }
    return null;
  } catch {
    return { path: [], unreadable: true };
  }
}

function oddField(value: object, key: string, allowed: Allowed): OddPart | null {
  try {
    const field: unknown = Reflect.get(value, key);
    const odd = allowed.dates && field instanceof Date ? null : oddPart(field, allowed);
    return odd && { ...odd, path: [key, ...odd.path] };
  } catch {
    return { path: [key], unreadable: true };
  }
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The object at the root of any realm has no prototype of its own.
  const root = prototype === null || Object.getPrototypeOf(prototype) === null;
  return root && !Object.hasOwn(value, "__proto__");
}
