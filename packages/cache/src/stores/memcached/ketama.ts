import { hash } from 'node:crypto';

/*
 * The weighted consistent hashing of libmemcached (MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, libmemcached/hosts.cc), after
 * Richard Jones' ketama of 2007: other clients with the same servers and weights find the same items.
 */
const pointsPerServer = 160;
const pointsPerDigest = 4;
const portThatIsNotNamed = 11211;

export interface WeightedServer {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

/** Points on a circle of 32 bits; a key belongs to the server of the next point. */
export interface Ring {
  readonly points: Uint32Array;
  /** The server, by its place in the list, of each point. */
  readonly owners: Uint16Array;
}

export function ringOf(servers: readonly WeightedServer[]): Ring {
  const totalWeight = servers.reduce((sum, { weight }) => sum + weight, 0);
  const placed = servers.flatMap(({ host, port, weight }, owner) => {
    const name = port === portThatIsNotNamed ? host : `${host}:${port}`;
    const share = Math.fround((weight / totalWeight) * (pointsPerServer / pointsPerDigest) * servers.length + 1e-10);
    const digests = Array.from({ length: Math.floor(share) }, (_, index) => md5(`${name}-${index}`));
    return digests.flatMap((digest) => [0, 4, 8, 12].map((at) => ({ point: digest.readUInt32LE(at), owner })));
  });
  placed.sort((one, other) => one.point - other.point);
  return {
    points: Uint32Array.from(placed, ({ point }) => point),
    owners: Uint16Array.from(placed, ({ owner }) => owner),
  };
}

/** The first server at or after the key's point that may be used; `undefined` if none may. */
export function ownerOf(ring: Ring, key: string, mayUse: (owner: number) => boolean): number | undefined {
  const start = firstPointFrom(ring.points, md5(key).readUInt32LE(0));
  for (let step = 0; step < ring.points.length; step += 1) {
    const owner = ring.owners[(start + step) % ring.points.length] as number;
    if (mayUse(owner)) return owner;
  }
  return undefined;
}

/** The length of `points`, which is the first again, if all are smaller. */
function firstPointFrom(points: Uint32Array, value: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function md5(text: string): Buffer {
  return hash('md5', text, 'buffer');
}
