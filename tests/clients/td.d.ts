/** What the tests use of npm `td`, which brings no types. */
declare module 'td' {
  type Callback = (error: Error | null, result: unknown) => void;

  export class TDClient {
    constructor(key: string, options: { readonly host: string; readonly protocol: string });
    serverStatus(callback: Callback): void;
    createDatabase(database: string, callback: Callback): void;
    listDatabases(callback: Callback): void;
    deleteDatabase(database: string, callback: Callback): void;
    createLogTable(database: string, table: string, callback: Callback): void;
    listTables(database: string, callback: Callback): void;
    deleteTable(database: string, table: string, callback: Callback): void;
    tail(database: string, table: string, count: number, callback: Callback): void;
    prestoQuery(database: string, query: string, callback: Callback): void;
    showJob(jobId: string, callback: Callback): void;
    jobResult(jobId: string, format: string, callback: Callback): void;
    listJobs(from: number, callback: Callback): void;
    kill(jobId: string, callback: Callback): void;
    import(
      ...call: readonly [
        database: string,
        table: string,
        format: string,
        stream: NodeJS.ReadableStream,
        size: number,
        uniqueId: string,
        callback: Callback,
      ]
    ): void;
  }
}
