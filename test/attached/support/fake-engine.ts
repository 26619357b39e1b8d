/** As much of an engine as programs and providers talk to, with no plan of its own. */
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { answer, type Listening, listen } from "../../../lab/grpc/server";

export interface Logged {
  severity: string;
  text: string;
  urn: string;
  passing: boolean;
}

export class FakeEngine {
  readonly logged: Logged[] = [];
  /** Takes no messages. */
  deaf = false;

  private constructor(private server?: Listening) {}

  static async start(): Promise<FakeEngine> {
    const engine = new FakeEngine();
    engine.server = await listen([
      [EngineService, { log: answer<LogRequest, Empty>((request) => engine.note(request)) }],
      [ResourceMonitorService, monitor],
    ]);
    return engine;
  }

  get address(): string {
    return `127.0.0.1:${this.server?.port ?? 0}`;
  }

  /** What was told about resources, without the tries to reach a host. */
  lines(): string[] {
    return this.logged.map(({ text }) => text).filter((text) => !text.startsWith("Dial "));
  }

  private note(request: LogRequest): Empty {
    if (this.deaf) throw new Error("not now");
    const names = Object.entries(LogSeverity);
    this.logged.push({
      severity: names.find(([, value]) => value === request.getSeverity())?.[0] ?? "",
      text: request.getMessage(),
      urn: request.getUrn(),
      passing: request.getEphemeral(),
    });
    return new Empty();
  }

  stop(): void {
    this.server?.close();
  }
}

const monitor = {
  supportsFeature: answer<proto.SupportsFeatureRequest, proto.SupportsFeatureResponse>(() =>
    new proto.SupportsFeatureResponse().setHassupport(false),
  ),
  registerResource: answer<proto.RegisterResourceRequest, proto.RegisterResourceResponse>((request) =>
    new proto.RegisterResourceResponse()
      .setUrn(`urn:pulumi:dev::tryout::${request.getType()}::${request.getName()}`)
      .setObject(request.getObject()),
  ),
  registerResourceOutputs: answer<proto.RegisterResourceOutputsRequest, Empty>(() => new Empty()),
};
