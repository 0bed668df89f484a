/**
 * Whatever goes wrong in a REST call → one error of the catalogue.
 * Owns: that no answer holds a stack trace or an internal text. Never: writes to a socket.
 */
import { DefinitionError } from '#model/definition-error.ts';
import type { DefinitionFault } from '#model/definition-error.ts';
import { isCutOff } from '#kit/cut-off.ts';
import { ControlConflict, ControlUnavailable } from '#ports/control.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';
import { Problem } from '#protocols/api/problems.ts';
import { restError, RestError } from '#protocols/marketo-rest/errors.ts';
import type { FastifyError } from 'fastify';

/** Seconds after which a store or control that does not answer is worth another try. */
const AGAIN_AFTER_SECONDS = 1;

/** The error to answer with; undefined when it is a mistake of our own. */
export function restErrorOf(error: unknown): RestError | undefined {
  if (error instanceof RestError) return error;
  if (error instanceof DefinitionError) return definitionError(error);
  if (error instanceof Problem) return problemError(error);
  if (error instanceof ControlConflict) return restError('709', error.message);
  if (error instanceof ControlUnavailable) return restError('608', error.message, AGAIN_AFTER_SECONDS);
  // What a store says may name the server's files.
  if (error instanceof StoreError || error instanceof QueryError) {
    return restError('608', 'the store of the subscription cannot be read now', AGAIN_AFTER_SECONDS);
  }
  return error instanceof Error ? frameworkError(error as FastifyError) : undefined;
}

// Of the door that all calls of the HTTP API share: a body for which there is no room at the moment.
function problemError({ status, message, retryAfterSeconds }: Problem): RestError | undefined {
  return status === 503 ? restError('608', message, retryAfterSeconds) : undefined;
}

const DEFINITION_CODES: Readonly<Record<DefinitionFault, '1003' | '709'>> = {
  invalid: '1003',
  reserved: '709',
  conflict: '709',
  limit: '709',
};

function definitionError({ fault, member, message }: DefinitionError): RestError {
  return restError(DEFINITION_CODES[fault], member ? `${member}: ${message}` : message);
}

function frameworkError(error: FastifyError): RestError | undefined {
  if (isCutOff(error)) return restError('609', 'the body ends before it is whole');
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return restError('413', 'a body may have 1 MiB; send fewer records');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return restError('609', 'the body is not as long as Content-Length says');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return restError('612', 'send Content-Type: application/json');
    default:
      return undefined;
  }
}
