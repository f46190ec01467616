import { DecrementCounter, IncrementCounter } from '../decorators/change-counter.js';
import { Content } from '../decorators/content-parameter.js';
import { InvalidateAssigned } from '../decorators/invalidate-assigned.js';
import { InvalidateMulti } from '../decorators/invalidate-multi.js';
import { Invalidate } from '../decorators/invalidate.js';
import { Key } from '../decorators/key-parameter.js';
import { ReadCounter } from '../decorators/read-counter.js';
import { ReadThroughAssigned } from '../decorators/read-through-assigned.js';
import { ReadThroughMulti } from '../decorators/read-through-multi.js';
import { ReadThrough } from '../decorators/read-through.js';
import { UpdateAssigned } from '../decorators/update-assigned.js';
import { UpdateCounter } from '../decorators/update-counter.js';
import { UpdateMulti } from '../decorators/update-multi.js';
import { Update } from '../decorators/update.js';

/** One method under each annotation; writes down what ran. */
export class EveryAnnotation {
  readonly ran: string[] = [];
  /** What the methods return that can return anything. */
  value: unknown = 'value';

  @ReadThrough({ namespace: 'single' })
  async read(@Key() id: string): Promise<unknown> {
    return await this.#run('read', this.value, id);
  }
  @ReadThroughAssigned({ namespace: 'single', key: 'all' })
  async readAssigned(): Promise<unknown> {
    return await this.#run('readAssigned', this.value);
  }
  @ReadThroughMulti({ namespace: 'multi' })
  async readMulti(@Key() ids: string[]): Promise<unknown[]> {
    return await this.#run(
      'readMulti',
      ids.map(() => this.value),
    );
  }
  @Update({ namespace: 'single' })
  async update(@Key() id: string): Promise<unknown> {
    return await this.#run('update', this.value, id);
  }
  @UpdateAssigned({ namespace: 'single', key: 'all' })
  async updateAssigned(): Promise<unknown> {
    return await this.#run('updateAssigned', this.value);
  }
  @UpdateMulti({ namespace: 'multi' })
  async updateMulti(@Key() ids: string[], @Content() values: unknown[]): Promise<number> {
    return await this.#run('updateMulti', ids.length + values.length);
  }
  @Invalidate({ namespace: 'single' })
  async remove(@Key() id: string): Promise<string> {
    return await this.#run('remove', id);
  }
  @InvalidateAssigned({ namespace: 'single', key: 'all' })
  async removeAssigned(): Promise<string> {
    return await this.#run('removeAssigned', 'removed');
  }
  @InvalidateMulti({ namespace: 'multi' })
  async removeMulti(@Key() ids: string[]): Promise<number> {
    return await this.#run('removeMulti', ids.length);
  }
  @ReadCounter({ namespace: 'counter' })
  async count(@Key() id: string): Promise<number> {
    return await this.#run('count', 7, id);
  }
  @IncrementCounter({ namespace: 'counter' })
  async countUp(@Key() id: string): Promise<string> {
    return await this.#run('countUp', id);
  }
  @DecrementCounter({ namespace: 'counter', initial: 5 })
  async countDown(@Key() id: string): Promise<string> {
    return await this.#run('countDown', id);
  }
  @UpdateCounter({ namespace: 'counter' })
  async recount(@Key() id: string): Promise<number> {
    return await this.#run('recount', 9, id);
  }

  async #run<Result>(name: string, result: Result, id?: string): Promise<Result> {
    this.ran.push(id === '' ? `${name} without an id` : name);
    return await Promise.resolve(result);
  }
}

/** A call of each method, what it gives, and whether it stores. */
export function everyCall(
  methods: EveryAnnotation,
): readonly { readonly name: string; readonly stores: boolean; call(): Promise<unknown>; result(): unknown }[] {
  const { value } = methods;
  return [
    { name: 'read', stores: true, call: () => methods.read('1'), result: () => value },
    { name: 'readAssigned', stores: true, call: () => methods.readAssigned(), result: () => value },
    { name: 'readMulti', stores: true, call: () => methods.readMulti(['1', '2']), result: () => [value, value] },
    { name: 'update', stores: true, call: () => methods.update('1'), result: () => value },
    { name: 'updateAssigned', stores: true, call: () => methods.updateAssigned(), result: () => value },
    { name: 'updateMulti', stores: true, call: () => methods.updateMulti(['1'], [value]), result: () => 2 },
    { name: 'remove', stores: false, call: () => methods.remove('1'), result: () => '1' },
    { name: 'removeAssigned', stores: false, call: () => methods.removeAssigned(), result: () => 'removed' },
    { name: 'removeMulti', stores: false, call: () => methods.removeMulti(['1', '2']), result: () => 2 },
    { name: 'count', stores: true, call: () => methods.count('1'), result: () => 7 },
    { name: 'countUp', stores: true, call: () => methods.countUp('2'), result: () => '2' },
    { name: 'countDown', stores: true, call: () => methods.countDown('3'), result: () => '3' },
    { name: 'recount', stores: true, call: () => methods.recount('4'), result: () => 9 },
  ];
}
