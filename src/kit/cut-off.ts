/**
 * Whether this is how the framework tells that a connection ended in the middle of a body: the sender's doing, and no
 * fault of the server. The status tells it from connections of the server's own that are reset.
 */
export function isCutOff({ code, statusCode }: { readonly code?: string; readonly statusCode?: number }): boolean {
  return code === 'ECONNRESET' && statusCode === 400;
}
