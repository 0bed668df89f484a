/** Node's own channel between a process and the one that it forked. Keeps no message for one that is gone. */
import type { ChildProcess } from 'node:child_process';
import type { Channel, Message } from './rpc.ts';

/** The parent's end of a child's channel. Messages to a child that is gone are dropped: its death fails the calls. */
export function channelToChild(child: ChildProcess): Channel {
  return {
    send(message: Message): void {
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage(listener: (message: Message) => void): void {
      child.on('message', (message) => listener(message as Message));
    },
  };
}

/** The child's own end. */
export function channelToParent(): Channel {
  return {
    send(message: Message): void {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage(listener: (message: Message) => void): void {
      process.on('message', (message) => listener(message as Message));
    },
  };
}
