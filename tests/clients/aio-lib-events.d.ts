/** What the tests use of npm `@adobe/aio-lib-events`, whose own types are no module. */
declare module '@adobe/aio-lib-events' {
  export interface JournalItem {
    readonly position: string;
    readonly event: unknown;
  }

  export interface JournalAnswer {
    readonly events?: readonly JournalItem[];
    readonly _page?: { readonly last: string; readonly count: number };
    readonly link?: Readonly<Record<string, string>>;
    readonly retryAfter?: number;
  }

  export interface JournalOptions {
    readonly latest?: boolean;
    readonly since?: string;
    readonly limit?: number;
    readonly seek?: string;
  }

  export interface EventsClient {
    getEventsFromJournal(journalUrl: string, options?: JournalOptions): Promise<JournalAnswer>;
    getEventsObservableFromJournal(
      journalUrl: string,
      options?: JournalOptions,
      polling?: { readonly interval?: number },
    ): { subscribe(observer: { next(item: JournalItem): void; error(error: Error): void }): unknown };
  }

  export function init(organization: string, apiKey: string, token: string): Promise<EventsClient>;
}
