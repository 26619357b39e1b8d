import type { ServiceError } from "@grpc/grpc-js";

/** Makes a promise of one gRPC call; it rejects with what the service said. */
export function ask<Response>(
  call: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response) : reject(new Error(error.details))));
  });
}
