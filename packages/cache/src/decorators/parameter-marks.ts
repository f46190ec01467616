/** What parameter decorators leave behind. Only legacy decorators can mark parameters. */
import { invalidDecorator, type MethodPlace } from './method-place.js';

/** Position among the method's parameters, from 0. */
interface Position {
  readonly index: number;
}

/** The parameters that one parameter decorator marked, by class and method. */
export class ParameterMarks<Facts extends object> {
  readonly #decorator: string;
  readonly #byTarget = new WeakMap<object, Map<string | symbol, readonly (Facts & Position)[]>>();

  /** @param decorator its name for messages: `@Key` */
  constructor(decorator: string) {
    this.#decorator = decorator;
  }

  /** @throws `MEMCACHE_INVALID_DECORATOR` on a constructor, on what is no parameter, and twice on one parameter */
  add(target: object, name: string | symbol | undefined, index: number, facts: Facts): void {
    const place: MethodPlace = { target, name: name ?? 'constructor' };
    if (typeof index !== 'number') {
      throw this.#refuse(place, 'it does not stand on a parameter', 'Mark a parameter of the method.');
    }
    if (name === undefined) {
      throw this.#refuse(place, 'a constructor is not cached', 'Mark the parameter of a method.');
    }
    const marked = this.of(place);
    if (marked.some((other) => other.index === index)) {
      throw this.#refuse(place, `parameter ${String(index + 1)} is marked twice`, 'Remove one of the two.');
    }
    const methods = this.#byTarget.get(target) ?? new Map<string | symbol, readonly (Facts & Position)[]>();
    this.#byTarget.set(target, methods.set(name, [...marked, { ...facts, index }]));
  }

  /** In no particular order; empty when none is marked. */
  of({ target, name }: MethodPlace): readonly (Facts & Position)[] {
    return (target && this.#byTarget.get(target)?.get(name)) ?? [];
  }

  /**
   * Position of the one marked parameter.
   * @throws `MEMCACHE_INVALID_DECORATOR` when there are two, or when an option says the same
   */
  onlyOneOf(decorator: string, place: MethodPlace, option: string, isGiven: boolean): number | undefined {
    const [first, ...others] = this.of(place);
    if (others.length > 0) {
      const detail = `${String(others.length + 1)} of its parameters have ${this.#decorator}()`;
      throw invalidDecorator(decorator, place, detail, `Mark exactly one parameter with ${this.#decorator}().`);
    }
    if (first && isGiven) {
      const detail = `both ${this.#decorator}() and the option "${option}" say where it comes from`;
      throw invalidDecorator(decorator, place, detail, 'Remove one of the two.');
    }
    return first?.index;
  }

  #refuse(place: MethodPlace, detail: string, hint: string) {
    return invalidDecorator(this.#decorator, place, detail, hint);
  }
}
