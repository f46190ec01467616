import type { Cache } from '@memkit/cache';
import { bindCache, decoratedMethodsOf } from '@memkit/cache/internal';
import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { MEMKIT_CACHE } from '../memkit.constants.js';
import { bindInstancesOf } from './method-weaver.js';

/** What is known about one provider, controller, guard, interceptor or pipe. */
type Wrapper = ReturnType<typeof wrappersOf>[number];

/**
 * Finds the caching decorators on everything the injector makes and gives them the module's cache. Modules that are
 * loaded lazily, after the start, are not seen.
 */
@Injectable()
export class DecoratedMethodExplorer {
  readonly #modules: ModulesContainer;
  readonly #cache: Cache;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer, @Inject(MEMKIT_CACHE) cache: Cache) {
    this.#modules = modules;
    this.#cache = cache;
  }

  bindAll(): void {
    for (const wrapper of wrappersOf(this.#modules)) this.#bind(wrapper);
  }

  #bind(wrapper: Wrapper): void {
    const { instance, metatype, isTransient } = wrapper;
    if (typeof metatype === 'function' && decoratedMethodsOf(metatype).length > 0) bindCache(metatype, this.#cache);
    if (isTransient || !wrapper.isDependencyTreeStatic()) {
      // Instances are made later, with every request or every injection; what they have in common is the prototype.
      const prototype: unknown = metatype?.prototype;
      if (isObject(prototype)) bindInstancesOf(prototype, this.#cache);
      return;
    }
    if (isObject(instance) && decoratedMethodsOf(Object.getPrototypeOf(instance) as object).length > 0) {
      bindCache(instance, this.#cache);
    }
  }
}

function wrappersOf(modules: ModulesContainer) {
  return Array.from(modules.values()).flatMap((module) => [
    ...module.providers.values(),
    ...module.controllers.values(),
    ...module.injectables.values(),
  ]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null;
}
