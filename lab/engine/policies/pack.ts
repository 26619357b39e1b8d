/** A CrossGuard policy pack in a process of its own, run by the SDK's own entry point as the real engine runs it. */
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import type { EngineRun } from "../options";
import { type PluginProcess, startPlugin } from "../providers/plugin-process";
import { isUnimplemented, reasonOf, unary } from "../providers/rpc";
import { analyzeRequest, analyzeStackRequest, type Subject, type Violation, violationsOf } from "./messages";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export class PolicyPack {
  private readonly client: AnalyzerClient;

  private constructor(
    private readonly name: string,
    private readonly process: PluginProcess,
  ) {
    this.client = new AnalyzerClient(process.address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
  }

  /**
   * Starts the pack in a folder that holds its PulumiPolicy.yaml. Throws, with what it printed, when it does not start.
   * @param engine the engine's own address
   */
  static async start(
    folder: string,
    run: EngineRun,
    engine: string,
    onLine: (line: string) => void,
  ): Promise<PolicyPack> {
    const name = basename(folder);
    const entry = createRequire(join(folder, "index.js")).resolve(
      "@pulumi/pulumi/cmd/run-policy-pack/index.js",
    );
    const command = [process.execPath, entry, engine, folder];
    const env = {
      PULUMI_NODEJS_PROJECT: run.project,
      PULUMI_NODEJS_STACK: run.stack,
      PULUMI_NODEJS_DRY_RUN: String(run.operation === "preview"),
    };
    const plugin = await startPlugin(`policy pack ${name}`, { command, env, cwd: folder }, onLine);
    const pack = new PolicyPack(name, plugin);
    await pack.configure(run);
    return pack;
  }

  private async configure(run: EngineRun): Promise<void> {
    const request = new proto.AnalyzerStackConfigureRequest();
    request.setStack(run.stack);
    request.setProject(run.project);
    request.setOrganization(run.organization ?? "organization");
    request.setDryRun(run.operation === "preview");
    try {
      await this.call<proto.AnalyzerStackConfigureResponse>((done) =>
        this.client.configureStack(request, done),
      );
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
  }

  /** Judges one resource by its inputs. Throws when a rule of the pack fails itself. */
  async analyze(subject: Subject): Promise<Violation[]> {
    const request = analyzeRequest(subject);
    const response = await this.call<proto.AnalyzeResponse>((done) => this.client.analyze(request, done));
    return violationsOf(response, subject.state.urn);
  }

  /**
   * Judges the stack by its resources' outputs. Throws when a rule of the pack fails itself.
   * @param root URN of the stack's own resource, to which violations of no one resource are put down
   */
  async analyzeStack(subjects: readonly Subject[], root: string): Promise<Violation[]> {
    const request = analyzeStackRequest(subjects);
    const response = await this.call<proto.AnalyzeResponse>((done) =>
      this.client.analyzeStack(request, done),
    );
    return violationsOf(response, root);
  }

  private async call<Response>(request: Parameters<typeof unary<Response>>[0]): Promise<Response> {
    try {
      return await unary<Response>(request);
    } catch (error) {
      if (isUnimplemented(error)) throw error;
      throw new Error(`policy pack ${this.name}: ${reasonOf(error)}`);
    }
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.process.stop();
  }
}
