export type ConfigErrorCode =
  /** Variables are missing, or are not what they should be; the message has a line for each. */
  | 'ENVIRONMENT_INVALID'
  /** In production, without a token for the operations console. */
  | 'OPS_TOKEN_MISSING';

/** What is wrong with the environment, one line per variable, without the values: they may be secret. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;

  constructor(findings: readonly string[], code: ConfigErrorCode = 'ENVIRONMENT_INVALID') {
    super(`The environment is not complete [${code}]:\n${findings.map((finding) => `  ${finding}`).join('\n')}`);
    this.name = 'ConfigError';
    this.code = code;
  }
}
