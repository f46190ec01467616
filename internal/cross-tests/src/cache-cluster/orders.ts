/** What a process of the cluster is told, and what it answers. */
export type Order =
  | { readonly do: 'read'; readonly key: string; readonly callers: number; readonly lease: `${number}s` }
  | { readonly do: 'hang'; readonly key: string; readonly lease: `${number}s` }
  | { readonly do: 'watch'; readonly key: string; readonly callers: number }
  | { readonly do: 'stop' };

export type Answer =
  | 'ready'
  | 'loading'
  | { readonly values: readonly string[] }
  | { readonly reads: number; readonly outdated: readonly string[] };
