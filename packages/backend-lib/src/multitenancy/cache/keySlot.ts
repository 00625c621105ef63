/* eslint-disable no-bitwise -- a checksum is made of bits */
// The slot of a key in a Redis Cluster, by which one knows the node that serves it. Source: Redis Cluster specification, "Key
// distribution model" and "Hash tags": CRC16 (XMODEM) of what the first braces enclose, or else of all, modulo 16384.

const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
  }
  return crc;
});

/** The slot, 0 to 16383, of a key whose enclosed part (or all of it, without one) is ASCII. */
export function keySlot(key: string): number {
  const open = key.indexOf("{");
  const close = open === -1 ? -1 : key.indexOf("}", open);
  const isTagged = close > open + 1;
  const end = isTagged ? close : key.length;
  let crc = 0;
  for (let at = isTagged ? open + 1 : 0; at < end; at++) {
    const index = ((crc >> 8) ^ key.charCodeAt(at)) & 0xff;
    crc = ((crc << 8) ^ (TABLE[index] ?? 0)) & 0xffff;
  }
  return crc % SLOTS;
}
