// The files of a web page: the browser's private file system of the page's origin. They stay there between visits, and
// no other site sees them.

/** The folder that a path leads to, and the last name of the path; null if there is no such folder. */
async function locate(
  path: string,
  create: boolean,
): Promise<{ folder: FileSystemDirectoryHandle; name: string } | null> {
  const names = path.split('/').filter(name => name !== '' && name !== '.');
  const name = names.pop();
  if (name === undefined || !globalThis.navigator?.storage?.getDirectory) return null;
  let folder = await navigator.storage.getDirectory();
  for (const each of names) {
    try {
      folder = await folder.getDirectoryHandle(each, { create });
    } catch (error) {
      if (create) throw error;
      return null;
    }
  }
  return { folder, name };
}

/** The content of a file, or null if there is none of that path. */
export async function readOwnFile(path: string): Promise<Uint8Array | null> {
  try {
    const place = await locate(path, false);
    const handle = await place?.folder.getFileHandle(place.name);
    return handle ? new Uint8Array(await (await handle.getFile()).arrayBuffer()) : null;
  } catch {
    return null; // no such file, or a page that may not have files
  }
}

export function writeOwnFile(path: string, bytes: Uint8Array): Promise<void> {
  return write(path, bytes, false);
}

export function appendOwnFile(path: string, bytes: Uint8Array): Promise<void> {
  return write(path, bytes, true);
}

/** The browser writes to a copy, which takes the file's place when it is closed. */
async function write(path: string, bytes: Uint8Array, append: boolean): Promise<void> {
  const place = await locate(path, true);
  if (!place) {
    throw new Error(
      `Cannot write ${path}: this page has no file system (it needs https or localhost, and a browser with ` +
        'navigator.storage.getDirectory). encodeWeights and encodeModel give the bytes of such files instead.',
    );
  }
  const handle = await place.folder.getFileHandle(place.name, { create: true });
  const stream = await handle.createWritable({ keepExistingData: append });
  if (append) await stream.seek((await handle.getFile()).size);
  await stream.write(bytes as Uint8Array<ArrayBuffer>);
  await stream.close();
}

export async function removeOwnFile(path: string): Promise<void> {
  const place = await locate(path, false);
  await place?.folder.removeEntry(place.name, { recursive: true }).catch((error: unknown) => {
    if ((error as Error).name !== 'NotFoundError') throw error;
  });
}
