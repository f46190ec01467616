import { compileFunction } from 'node:vm';
import ts from 'typescript';

/**
 * Defines what the text says with standard decorators, as TypeScript compiles them without `experimentalDecorators`.
 * @param names what the text may use
 * @returns what it returns
 */
export function defineStandard<Result>(text: string, names: Readonly<Record<string, unknown>>): Result {
  const { outputText } = ts.transpileModule(`function define() {${text}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators: false },
  });
  const define = compileFunction(`${outputText}; return define();`, Object.keys(names));
  return Reflect.apply(define, undefined, Object.values(names)) as Result;
}
