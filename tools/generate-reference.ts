/**
 * Writes the pages of docs/reference that follow from tables in the code.
 * Owns: which page comes from which table. Never: runs while the server does.
 */
import { writeFile } from 'node:fs/promises';

import { referencePages } from '#cli/reference-pages.ts';

for (const { path, text } of referencePages()) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
}
