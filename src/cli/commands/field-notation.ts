import { OPTION_TYPES } from '#config/option-types.ts';
import { CommandError, EXIT_CODES } from '#cli/exit-codes.ts';

/** A field as the admin API takes it. */
export interface FieldBody {
  readonly name: string;
  readonly dataType: string;
  readonly length?: number;
}

/** `vin:string:36` → name, data type and, where there is a third part, length. */
export function parseField(text: string): FieldBody {
  const [name, dataType, length, ...rest] = text.split(':');
  const parsed = length === undefined ? { value: undefined } : OPTION_TYPES.integer.parse(length, { minimum: '1' });
  if (!name || !dataType || rest.length > 0 || !('value' in parsed)) {
    throw new CommandError(
      EXIT_CODES.usage,
      `--field ${text}: must be NAME:TYPE or NAME:TYPE:LENGTH, such as vin:string:36.`,
    );
  }
  return { name, dataType, ...(parsed.value === undefined ? {} : { length: parsed.value }) };
}
