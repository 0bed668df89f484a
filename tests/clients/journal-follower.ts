/**
 * `@adobe/aio-lib-events` following a journal, in a process of its own: it polls for as long as its process lives.
 * Owns: nothing. Never: judges; every item and every error goes to the parent as it comes.
 */
import { init } from '@adobe/aio-lib-events';

const [url = '', token = '', limit = '100'] = process.argv.slice(2);

const client = await init('organization', 'api-key', token);
client.getEventsObservableFromJournal(url, { limit: Number(limit) }).subscribe({
  next: (item) => process.send?.({ item }),
  error: (error) => process.send?.({ error: error.message }),
});
process.on('disconnect', () => process.exit(0));
