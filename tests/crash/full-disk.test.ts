import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventContent } from '../support/crash/ledger.ts';
import { sendEach } from '../support/crash/load.ts';
import type { Sender } from '../support/crash/senders.ts';
import { Workspace } from '../support/server/workspace.ts';
import { CrashRun, STORE_ENDED } from './crash-run.ts';

const DISK_MEGABYTES = 64;
const PADDING = 'x'.repeat(200_000);

class SmallDisk implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'inlet-disk-'));

  constructor() {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', this.path]);
    assert.equal(mounted.status, 0, String(mounted.stderr));
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(join(this.path, 'filler'), 'w');
    const block = Buffer.alloc(65_536, 1);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, 'filler'));
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['-l', this.path]);
    rmdirSync(this.path);
  }
}

function whyNoMount(): string | false {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).status === 0;
  if (mounted) spawnSync('umount', [directory]);
  rmdirSync(directory);
  return mounted ? false : 'a small disk cannot be mounted here: that takes root';
}

/** A store process that dies now has to start without any room. */
async function storeComesBack({ server, workspace }: CrashRun): Promise<void> {
  assert.ok(server.killStore());
  await server.logged(STORE_ENDED);
  const ready = async (): Promise<number> => (await workspace.send({ method: 'GET', path: '/readyz' })).status;
  for (let attempts = 0; (await ready()) !== 200; attempts += 1) {
    assert.ok(attempts < 500, 'the store process is started again');
    await sleep(20);
  }
}

/** Large events, which soon need room that the log does not have already. */
function largeEvents(): Sender {
  let number = 0;
  const next = (): EventContent => {
    const event = { sender: 'large', number: (number += 1), index: 0, padding: PADDING };
    return { kind: 'event', type: 'crash.large', malformed: false, body: JSON.stringify(event), events: [event] };
  };
  return { name: 'large', next };
}

test(
  'law 6: a full disk: 503 with Retry-After, accepted again once there is room, nothing lost',
  { skip: whyNoMount() },
  async () => {
    using disk = new SmallDisk();
    await using run = await CrashRun.begin(8, { parent: disk.path });
    const { ledger, workspace } = run;
    const large = largeEvents();
    const sendLarge = async (): Promise<number | undefined> => {
      await sendEach({ workspace, ledger, senders: [large], thinkMs: 0 }, 1);
      return ledger.requests.at(-1)?.status;
    };
    await run.epilogue();
    disk.fill();
    let attempts = 0;
    while ((await sendLarge()) === 200) assert.ok((attempts += 1) < 500, 'the disk is full at last');
    const refused = await workspace.event('crash/large', JSON.stringify({ padding: PADDING }));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    const client = { name: 'n'.repeat(250), permissions: ['Read-Write Lead'] };
    const definition = await new Workspace(run.server).admin('POST', '/clients', client);
    assert.equal(definition.status, 503, 'definitions need room as well');
    await storeComesBack(run);
    disk.free();
    for (attempts = 0; (await sendLarge()) !== 200; attempts += 1) {
      assert.ok(attempts < 500, 'freed room is used');
      await sleep(20);
    }
    await run.epilogue();
    assert.deepEqual(await run.judge(), []);
  },
);
