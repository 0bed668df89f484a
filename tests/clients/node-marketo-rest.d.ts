/** What the tests use of npm `node-marketo-rest`, which brings no types. */
declare module 'node-marketo-rest' {
  export interface Answer {
    readonly requestId: string;
    readonly success: boolean;
    readonly result?: readonly Record<string, unknown>[];
  }

  interface Token {
    readonly access_token: string;
    readonly token_type: string;
    readonly expires_in: number;
  }

  export interface Options {
    readonly endpoint: string;
    readonly identity: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly retry?: { readonly maxRetries?: number; readonly initialDelay?: number; readonly maxDelay?: number };
  }

  export default class Marketo {
    constructor(options: Options);
    getOAuthToken(): Promise<Token>;
    readonly lead: {
      byId(id: number, options?: object): Promise<Answer>;
      find(filterType: string, filterValues: readonly string[], options?: object): Promise<Answer>;
      createOrUpdate(input: readonly object[], options?: object): Promise<Answer>;
      describe(): Promise<Answer>;
      partitions(): Promise<Answer>;
    };
    readonly _connection: {
      get(path: string, options?: object): Promise<Answer>;
      postJson(path: string, body: object): Promise<Answer>;
      getOAuthToken(): Promise<Token>;
    };
  }
}
