/** Status codes of binary replies (memcached protocol_binary.h, protocol_binary_response_status). */
export const binaryStatus = {
  success: 0x0000,
  keyNotFound: 0x0001,
  keyExists: 0x0002,
  tooLarge: 0x0003,
  invalidArguments: 0x0004,
  notStored: 0x0005,
  notANumber: 0x0006,
  /** The credential must log in first, or may not do this. */
  authFailed: 0x0020,
  /** Another SASL step is expected. */
  authContinue: 0x0021,
  unknownCommand: 0x0081,
  outOfMemory: 0x0082,
  notSupported: 0x0083,
  internalError: 0x0084,
  busy: 0x0085,
  temporaryFailure: 0x0086,
} as const;

export type BinaryStatusName = keyof typeof binaryStatus;
export type BinaryStatus = (typeof binaryStatus)[BinaryStatusName];
