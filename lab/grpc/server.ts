/** gRPC services of this process, for the engine on this machine. */
import * as grpc from "@grpc/grpc-js";
import { Kept } from "./kept";

/** A failure's text travels as a header, percent-encoded, and peers take 64 KiB of headers (RFC 9113, 6.5.2). */
const DETAILS_BYTES = 20_000;

export interface Listening {
  port: number;
  /** Ends every call, and listens no more. */
  close(): void;
}

/** Serves on a free port of this machine. What a service has no method for is answered as unimplemented. */
export function listen(
  services: readonly (readonly [grpc.ServiceDefinition, grpc.UntypedServiceImplementation])[],
): Promise<Listening> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  for (const [definition, methods] of services) server.addService(definition, methods);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ port, close: () => server.forceShutdown() });
      else reject(error);
    });
  });
}

/**
 * A method that answers once. Whatever goes wrong is told to the engine in its own words. The signal is aborted when
 * nobody waits for the answer any more.
 */
export function answer<Request, Response>(
  work: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort(new Error("the engine is gone")));
    Promise.resolve()
      .then(() => work(call.request, gone.signal))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(failed(error)),
      );
  };
}

/** A failure as the engine is told it. */
export function failed(error: unknown): Partial<grpc.StatusObject> {
  const details = new Kept(DETAILS_BYTES);
  details.add(Buffer.from(messageOf(error)));
  return { code: grpc.status.UNKNOWN, details: details.text() };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
