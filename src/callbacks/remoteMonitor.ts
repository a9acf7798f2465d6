// Sends the logs of each epoch to a server.

import { callable } from '../callable.js';
import { type AnyLogs, Callback } from './callback.js';
import { noOtherOptions } from './options.js';

export interface RemoteMonitorOptions {
  /** Default 'http://localhost:9000'. */
  root?: string;
  /** Default '/publish/epoch/end/'. */
  path?: string;
  /** The field of the form that holds the JSON. Default 'data'. */
  field?: string;
  /** Further headers. */
  headers?: { readonly [name: string]: string } | null;
  /** Sends JSON instead of a form. Default false. */
  sendAsJson?: boolean;
}

class RemoteMonitorCallback extends Callback {
  readonly root: string;
  readonly path: string;
  readonly field: string;
  readonly headers: { readonly [name: string]: string } | null;
  readonly sendAsJson: boolean;

  constructor({
    root = 'http://localhost:9000',
    path = '/publish/epoch/end/',
    field = 'data',
    headers = null,
    sendAsJson = false,
    ...rest
  }: RemoteMonitorOptions = {}) {
    super();
    noOtherOptions('RemoteMonitor', rest, ['root', 'path', 'field', 'headers', 'sendAsJson']);
    this.root = root;
    this.path = path;
    this.field = field;
    this.headers = headers;
    this.sendAsJson = sendAsJson;
  }

  override async onEpochEnd(epoch: number, logs: AnyLogs = {}): Promise<void> {
    const json = JSON.stringify({ epoch, ...logs });
    const body = this.sendAsJson ? json : new URLSearchParams({ [this.field]: json });
    const headers = { ...(this.sendAsJson && { 'Content-Type': 'application/json' }), ...this.headers };
    try {
      const response = await fetch(this.root + this.path, { method: 'POST', headers, body });
      await response.arrayBuffer();
    } catch {
      console.warn(`Could not reach RemoteMonitor root server at ${this.root}`);
    }
  }
}

/** Posts { epoch, loss, ... } as JSON at the end of each epoch: `RemoteMonitor({ root: 'http://localhost:9000' })`. */
export const RemoteMonitor = callable(RemoteMonitorCallback);
