/** The Content-Type header (RFC 9110, section 8.3). */

export interface ContentType {
  /** In lower case; empty when the header is missing. */
  readonly mediaType: string;
  /** In lower case; absent when none is given. */
  readonly charset?: string;
}

const JSON_TYPE: ContentType = { mediaType: 'application/json' };

/** Never fails: what is no media type is given back as it stands, and equals none. */
export function readContentType(header: string | undefined): ContentType {
  if (header === 'application/json') return JSON_TYPE;
  const [mediaType = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return { mediaType: mediaType.trim(), ...(charset !== undefined && { charset }) };
}

/** JSON and forms are UTF-8 here; any other charset would change what was sent (law 10). */
export function isUtf8({ charset }: ContentType): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}
