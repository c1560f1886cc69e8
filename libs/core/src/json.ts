/** What survives JSON.stringify unchanged: options, plans, keys and the plain half of a state. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;
