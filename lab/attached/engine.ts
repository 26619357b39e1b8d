/** The way back to the engine: what it is told, and when it has ended everything. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export interface Message {
  severity: keyof typeof LogSeverity;
  text: string;
  /** Of the resource that it is about. */
  urn?: string;
  /** Only for as long as the operation lasts, and in no log. */
  passing?: boolean;
}

export class EngineLink {
  private address = "";
  private client: EngineClient | undefined;
  private interruption = new AbortController();
  private readonly end = new AbortController();

  /** @param unheard takes what the engine does not */
  constructor(private readonly unheard: (text: string) => void) {}

  /** Told by the engine itself. Another engine is not interrupted because the one before it was. */
  connect(address: string): void {
    if (address === this.address) return;
    this.client?.close();
    this.address = address;
    this.client = new EngineClient(address, credentials.createInsecure());
    this.interruption = new AbortController();
  }

  /** The engine's address; throws before it is known. */
  get engine(): string {
    if (this.address === "") throw new Error("the engine has not said where it is");
    return this.address;
  }

  /** Aborted when the update is interrupted. */
  get interrupted(): AbortSignal {
    return this.interruption.signal;
  }

  interrupt(): void {
    this.interruption.abort(new Error("the update was interrupted"));
  }

  /** Aborted when nothing is served any more. */
  get ended(): AbortSignal {
    return this.end.signal;
  }

  /** Resolves when the engine has it; never rejects. */
  log({ severity, text, urn = "", passing = false }: Message): Promise<void> {
    const request = new LogRequest()
      .setSeverity(LogSeverity[severity])
      .setMessage(text)
      .setUrn(urn)
      .setEphemeral(passing);
    return new Promise((resolve) => {
      const failed = (): void => {
        if (!passing) this.unheard(`${text}\n`);
        resolve();
      };
      if (this.client === undefined) return failed();
      this.client.log(request, (error) => (error === null ? resolve() : failed()));
    });
  }

  close(): void {
    this.interrupt();
    this.end.abort();
    this.client?.close();
  }
}
