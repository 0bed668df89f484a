/** Why a host name has no address, with the code by which Node's own look-ups tell. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  /** `ENOTFOUND`: there is no such name. `EAI_AGAIN`: nobody could say at the moment. */
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(code: LookupError['code'], hostname: string) {
    super(
      `${code === 'ENOTFOUND' ? 'no address is known of' : 'no name server could say the addresses of'} ${hostname}`,
    );
    this.code = code;
  }
}
