/**
 * Whatever goes wrong in the HTTP API → one problem of the catalogue.
 * Owns: that no answer holds a stack trace or an internal text. Never: writes to a socket.
 */
import { isCutOff } from '#kit/cut-off.ts';
import { Problem, invalidInput } from '#protocols/api/problems.ts';
import type { InputFault, ProblemCode } from '#protocols/api/problems.ts';
import { DefinitionError } from '#model/definition-error.ts';
import type { DefinitionFault } from '#model/definition-error.ts';
import { ControlConflict, ControlUnavailable } from '#ports/control.ts';
import type { FastifyError } from 'fastify';

/** The problem to answer with; undefined when the error is a mistake of our own. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof DefinitionError) return definitionProblem(error);
  if (error instanceof ControlConflict) return new Problem('definition-conflict', error.message);
  if (error instanceof ControlUnavailable) return new Problem('unavailable', error.message);
  if (!(error instanceof Error)) return undefined;
  return frameworkProblem(error as FastifyError);
}

const DEFINITION_PROBLEMS: Readonly<Record<DefinitionFault, ProblemCode>> = {
  invalid: 'invalid-input',
  reserved: 'name-reserved',
  conflict: 'definition-conflict',
  limit: 'limit-reached',
};

function definitionProblem({ fault, member, message }: DefinitionError): Problem {
  if (member !== undefined) return invalidInput(member, message);
  return new Problem(DEFINITION_PROBLEMS[fault], message);
}

function frameworkProblem(error: FastifyError): Problem | undefined {
  if (error.validation !== undefined) return validationProblem(error);
  if (isCutOff(error)) return new Problem('invalid-json', 'The body ends before it is whole.');
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body-too-large', 'The body of a call of this API may have 1 MiB.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('media-type-unsupported', 'Send the body with Content-Type: application/json.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid-json', 'The body is not as long as Content-Length says.');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_STATIC_FORBIDDEN_PATH':
      return new Problem('not-found', 'The path is not one of this API.');
    default:
      return undefined;
  }
}

/** One line per fault, as the validator of TypeBox reports them. */
interface ValidatorFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Record<string, unknown>;
}

function validationProblem(error: FastifyError): Problem {
  const prefix = error.validationContext === 'querystring' ? '?' : '';
  const faults = distinct(
    (error.validation as unknown as ValidatorFault[]).flatMap((fault) => inputFaults(fault, prefix)),
  );
  const detail = faults.map(({ member, message }) => `${member || 'the body'}: ${message}`).join('; ');
  return new Problem('invalid-input', detail, faults);
}

// A fault of every branch of a union is reported beside the union's own; the branches say more.
function inputFaults(fault: ValidatorFault, prefix: string): InputFault[] {
  const at = (name?: string): string => prefix + memberName(fault.instancePath, name);
  switch (fault.keyword) {
    case 'anyOf':
    case 'boolean':
      return [];
    case 'required':
      return names(fault.params['requiredProperties']).map((name) => ({ member: at(name), message: 'must be given' }));
    case 'additionalProperties':
      return names(fault.params['additionalProperties']).map((name) => ({
        member: at(name),
        message: 'is not known here',
      }));
    case 'enum':
      return [{ member: at(), message: `must be one of ${JSON.stringify(fault.params['allowedValues'])}` }];
    default:
      return [{ member: at(), message: fault.message ?? 'is not allowed' }];
  }
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

// `/fields/2` and `dataType` → `fields[2].dataType`.
function memberName(instancePath: string, name?: string): string {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (name !== undefined) steps.push(name);
  const [first = '', ...others] = steps;
  return first + others.map((step) => (/^\d+$/u.test(step) ? `[${step}]` : `.${step}`)).join('');
}

function distinct(faults: readonly InputFault[]): InputFault[] {
  return [...new Map(faults.map((fault) => [`${fault.member}\n${fault.message}`, fault])).values()];
}
