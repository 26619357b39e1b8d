/**
 * Bytes up to a limit, half of them from the beginning and half from the end, where failures are explained; how many
 * are left out is said in their place.
 */
export class Kept {
  private readonly head: Buffer[] = [];
  private readonly tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  private leftOut = 0;

  constructor(private readonly limit: number) {}

  add(data: Buffer): void {
    const first = data.subarray(0, this.limit / 2 - this.headBytes);
    const rest = data.subarray(first.length);
    if (first.length > 0) this.head.push(first);
    this.headBytes += first.length;
    if (rest.length > 0) this.tail.push(rest);
    this.tailBytes += rest.length;
    this.shorten();
  }

  private shorten(): void {
    while (this.tailBytes > this.limit / 2) {
      const oldest = this.tail.shift() ?? Buffer.alloc(0);
      const kept = oldest.subarray(Math.min(oldest.length, this.tailBytes - this.limit / 2));
      if (kept.length > 0) this.tail.unshift(kept);
      this.leftOut += oldest.length - kept.length;
      this.tailBytes -= oldest.length - kept.length;
    }
  }

  text(): string {
    const note = this.leftOut === 0 ? "" : `\n[${this.leftOut} bytes are left out here]\n`;
    return Buffer.concat(this.head).toString() + note + Buffer.concat(this.tail).toString();
  }
}
