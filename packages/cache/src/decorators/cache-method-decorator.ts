/** The types of the caching decorators: what they accept and what is a mistake at compile time. */

// The standard forms return a method to the language and nothing to the compiler: it would take a generic method's type
// apart and find that what is put together again is another one.

/** Says in the compiler's message what is wrong. */
interface Mistake<Reason extends string> {
  readonly mistake: Reason;
}

/** The functions among the options take what the method takes. */
type TakesTheArguments<Args extends readonly unknown[], Given extends readonly unknown[]> = ((
  ...args: Args
) => void) extends (...args: Given) => void
  ? unknown
  : Mistake<'a function of the options takes other arguments than the method'>;

/** One of the parameters is a list of ids. */
type HasListOf<Id, Given extends readonly unknown[]> =
  true extends IsListOf<Id, Given[number]> ? unknown : Mistake<'no parameter of the method is a list of such ids'>;
type IsListOf<Id, Parameter> = Parameter extends readonly (infer Element)[]
  ? [Element] extends [Id]
    ? true
    : false
  : false;

type MethodOf<Result> = (...args: never[]) => Promise<Result>;

/**
 * What the caching decorators return: usable on methods that return a promise, of a result that the functions among
 * the options can take, with the arguments that they take.
 */
export interface CacheMethodDecorator<Args extends readonly unknown[] = readonly unknown[], Result = unknown> {
  <Method extends MethodOf<Result>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method> & TakesTheArguments<Args, Parameters<Method>>,
  ): TypedPropertyDescriptor<Method>;
  <This, Method extends MethodOf<Result>>(
    method: Method & TakesTheArguments<Args, Parameters<Method>>,
    context: ClassMethodDecoratorContext<This>,
  ): void;
}

/** What the methods of `@ReadThroughMulti()` return: one element per id, or a `Map` by id, or any array with `idOf`. */
export type ManyItems<Item> = readonly (Item | null | undefined)[] | ReadonlyMap<unknown, Item | null | undefined>;

/** What the methods of `@UpdateMulti()` return: the items, or with `@Content()` nothing, a count or whether it worked. */
export type ManyChanged<Item> = ManyItems<Item> | void | number | boolean;

/** As `CacheMethodDecorator`, for methods with a list of ids among their parameters. */
export interface CacheMultiMethodDecorator<Args extends readonly unknown[], Result, Id> {
  <Method extends MethodOf<Result>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method> &
      TakesTheArguments<Args, Parameters<Method>> &
      HasListOf<Id, Parameters<Method>>,
  ): TypedPropertyDescriptor<Method>;
  <This, Method extends MethodOf<Result>>(
    method: Method & TakesTheArguments<Args, Parameters<Method>> & HasListOf<Id, Parameters<Method>>,
    context: ClassMethodDecoratorContext<This>,
  ): void;
}
