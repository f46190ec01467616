import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** The messages published on a channel while `work` ran. */
export async function heardOn<Message>(channel: string, work: () => Promise<unknown>): Promise<Message[]> {
  const messages: Message[] = [];
  const listen = (message: unknown): void => void messages.push(message as Message);
  subscribe(channel, listen);
  try {
    await work();
  } finally {
    unsubscribe(channel, listen);
  }
  return messages;
}
