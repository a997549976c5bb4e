import { InvalidConfigError, LarderError } from '@larder/cache';
import { type Config, ConfigError } from './config.js';

/** One line (one each, for several wrong variables) that tells whoever started the service what to change. */
export function startFailure(error: unknown, config?: Config): string {
  if (error instanceof ConfigError || error instanceof InvalidConfigError) return error.message;
  if (error instanceof LarderError) return `LARDER_STORE cannot be opened: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const { host, port } = config ?? { host: 'the host', port: 'the port' };
  switch (code) {
    case 'EADDRINUSE':
      return `LARDER_PORT cannot be used: another program listens on ${host}, port ${port}. Example: LARDER_PORT=8081`;
    case 'EACCES':
      return `LARDER_PORT cannot be used: this user may not listen on port ${port}. Example: LARDER_PORT=8080`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `LARDER_HOST cannot be used: ${host} is no address of this machine. Example: LARDER_HOST=127.0.0.1`;
    default:
      return `Larder cannot start: ${error instanceof Error ? error.message : String(error)}`;
  }
}
