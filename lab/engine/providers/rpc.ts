/** Helpers for calls to plugins: promises, and errors a person can read. */
import type { ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { status } from "@grpc/grpc-js";

/** Makes a promise of one gRPC call. */
export function unary<Response>(
  call: (done: (error: ServiceError | null, response: Response) => void) => ClientUnaryCall,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error;
}

export const isUnimplemented = (error: unknown): boolean =>
  isServiceError(error) && error.code === status.UNIMPLEMENTED;

/** What the plugin said, without gRPC's code and stack. */
export function reasonOf(error: unknown): string {
  if (isServiceError(error)) return error.details;
  return error instanceof Error ? error.message : String(error);
}

/** The details with which a plugin tells that a resource exists but is not in order. */
export function initFailure(error: unknown): ErrorResourceInitFailed | undefined {
  if (!isServiceError(error)) return undefined;
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(details)) return undefined;
  const name = "pulumirpc.ErrorResourceInitFailed";
  for (const detail of Status.deserializeBinary(details).getDetailsList()) {
    const found = detail.unpack((bytes) => ErrorResourceInitFailed.deserializeBinary(bytes), name);
    if (found !== null) return found;
  }
  return undefined;
}
