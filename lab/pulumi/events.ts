import type * as grpc from "@grpc/grpc-js";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { EventsService } from "@pulumi/pulumi/proto/events_grpc_pb";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { ownJson } from "../deploy/own-data";
import { listen } from "../grpc/server";

/** Takes the events of one operation. */
export interface Events {
  /** For `--event-log`. */
  address: string;
  close(): void;
}

/**
 * Listens to an engine's events, as the Automation API does. Not by a file: what the SDK says in them at level debug has
 * secrets in clear.
 */
export async function serveEvents(take: (event: EngineEvent) => void): Promise<Events> {
  const streamEvents: grpc.handleClientStreamingCall<EventRequest, Empty> = (call, callback) => {
    call.on("data", (request: EventRequest) => take(ownJson<EngineEvent>(request.getEvent())));
    call.on("end", () => callback(null, new Empty()));
    // The engine was killed; its exit code says so.
    call.on("error", () => undefined);
  };
  const server = await listen([[EventsService, { streamEvents }]]);
  return {
    address: `tcp://127.0.0.1:${server.port}`,
    close: () => server.close(),
  };
}
