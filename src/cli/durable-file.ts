import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces the file as a whole: readers, and a crash, see the old text or the new one. Durable when it resolves. */
export async function writeDurableFile(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  await using file = await open(draft, 'w', mode);
  // A draft that an earlier crash left behind keeps its own mode, and a umask may have taken bits away.
  await file.chmod(mode);
  await file.writeFile(text);
  await file.sync();
  await rename(draft, path);
  await using directory = await open(dirname(path), 'r');
  await directory.sync();
}
