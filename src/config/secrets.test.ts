import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PERMISSION_NAMES } from '#model/permissions.ts';
import { readSecrets } from './secrets.ts';
import type { Secrets } from './secrets.ts';

interface Reading {
  readonly secrets: Secrets;
  readonly problems: readonly string[];
}

function read(bootstrap: unknown, environmentToken?: string): Reading {
  const problems: string[] = [];
  const members = new Map(bootstrap === undefined ? [] : [['bootstrap', bootstrap]]);
  const secrets = readSecrets(environmentToken, { path: 'inlet.json', members }, problems);
  return { secrets, problems };
}

const CLIENT = { clientId: 'client-1', clientSecret: 'S3CRET', permissions: ['Read-Write Person', 'Read-Write Lead'] };
const KEY = { writeKey: '1/S3CRET', name: 'hooks', databases: ['test_db'], access: 'full' };

describe('readSecrets', () => {
  it('reads a whole section', () => {
    const workspaces = [{ munchkinId: '556-RJS-213', clients: [CLIENT], writeKeys: [KEY, { writeKey: '1/other' }] }];
    assert.deepEqual(read({ adminToken: 'from-file', workspaces }), {
      problems: [],
      secrets: {
        adminToken: 'from-file',
        workspaces: [
          {
            munchkinId: '556-RJS-213',
            clients: [{ ...CLIENT, permissions: ['Read-Write Lead'] }],
            writeKeys: [KEY, { writeKey: '1/other', access: 'write-only' }],
          },
        ],
      },
    });
  });

  it('takes the token of the environment before that of the file', () => {
    assert.equal(read({ adminToken: 'from-file' }, 'from-environment').secrets.adminToken, 'from-environment');
    assert.equal(read(undefined, '').secrets.adminToken, undefined);
  });

  it('gives a client all permissions unless they are named', () => {
    const workspaces = [{ munchkinId: '556-RJS-213', clients: [{ clientId: 'a', clientSecret: 'b' }] }];
    const [workspace] = read({ workspaces }).secrets.workspaces;
    assert.deepEqual(workspace?.clients[0]?.permissions, ['Read-Write Lead', 'Read-Write Custom Object']);
  });

  it('folds the databases of a write key as paths of events are folded, and takes only names', () => {
    const withDatabases = (databases: unknown): Reading =>
      read({
        adminToken: 't',
        workspaces: [{ munchkinId: '556-RJS-213', writeKeys: [{ writeKey: '1/a', databases }] }],
      });
    const folded = withDatabases(['Test_DB']);
    assert.deepEqual(folded.problems, []);
    assert.deepEqual(folded.secrets.workspaces[0]?.writeKeys[0]?.databases, ['test_db']);
    const place = 'inlet.json: bootstrap.workspaces[0].writeKeys[0].databases';
    assert.match(withDatabases(['a b']).problems.join(), /databases\[0\]: the database name must have/u);
    assert.deepEqual(withDatabases([]).problems, [`${place}: is wrong; it must be a list that is not empty.`]);
  });

  it('names every fault by its place', () => {
    const workspaces = [
      {
        munchkinId: '556-rjs-213',
        clients: [{ clientID: 'a', clientSecret: 7, permissions: ['Admin'] }],
        writeKeys: {},
      },
      'not a workspace',
    ];
    assert.deepEqual(read({ adminToken: 'two words', workspaces }).problems, [
      'inlet.json: bootstrap.adminToken: is wrong; it must be a string of letters, digits and - . _ ~ + /, with = at its end only.',
      'inlet.json: bootstrap.workspaces[0].munchkinId: is wrong; it must be a Munchkin id such as 123-ABC-456.',
      'inlet.json: bootstrap.workspaces[0].clients[0]: clientID: there is no such member; did you mean clientId?',
      `inlet.json: bootstrap.workspaces[0].clients[0].permissions[0]: is wrong; it must be ${PERMISSION_NAMES.join(' or ')}.`,
      'inlet.json: bootstrap.workspaces[0].clients[0].clientId: is missing; it must be a string of visible ASCII characters without spaces.',
      'inlet.json: bootstrap.workspaces[0].clients[0].clientSecret: is wrong; it must be a string of visible ASCII characters without spaces.',
      'inlet.json: bootstrap.workspaces[0].writeKeys: is wrong; it must be a list.',
      'inlet.json: bootstrap.workspaces[1]: is wrong; it must be an object with munchkinId, clients, writeKeys.',
      'inlet.json: bootstrap.workspaces[1].munchkinId: is missing; it must be a Munchkin id such as 123-ABC-456.',
    ]);
  });

  it('refuses workspaces that no token would open for administration', () => {
    const workspaces = [{ munchkinId: '556-RJS-213' }];
    assert.match(read({ workspaces }).problems.join('\n'), /^inlet\.json: bootstrap: nobody could administer .+\.$/u);
    assert.deepEqual(read({ workspaces }, 'from-environment').problems, []);
  });

  it('refuses a name that would stand for two workspaces (law 7)', () => {
    const one = { munchkinId: '556-RJS-213', clients: [CLIENT], writeKeys: [KEY] };
    const workspaces = [one, { ...one, munchkinId: '556-RJS-214' }];
    assert.deepEqual(read({ adminToken: 't', workspaces }).problems, [
      'inlet.json: bootstrap: the same clientId is given twice.',
      'inlet.json: bootstrap: the same writeKey is given twice.',
    ]);
  });

  it('never puts a value into a message (law 8)', () => {
    const secret = 'S3CRET with spaces';
    const workspaces = [
      { munchkinId: secret, clients: [{ clientId: secret, clientSecret: secret }], writeKeys: [{ writeKey: secret }] },
    ];
    const { problems } = read({ adminToken: secret, workspaces }, secret);
    assert.equal(problems.length, 6);
    assert.doesNotMatch(problems.join('\n'), /S3CRET/u);
  });
});
