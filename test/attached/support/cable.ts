import { createConnection, createServer, type Server, type Socket } from "node:net";

/** A connection that can be cut, as it is when whoever is at its end is killed. */
export class Cable {
  private readonly ends = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async to(address: string): Promise<Cable> {
    const [host = "", port = ""] = address.split(":");
    const server = createServer();
    const cable = new Cable(server);
    server.on("connection", (near) => {
      const far = createConnection(Number(port), host);
      for (const end of [near, far]) cable.ends.add(end.on("error", () => undefined));
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return cable;
  }

  get address(): string {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  }

  cut(): void {
    this.server.close();
    for (const end of this.ends) end.destroy();
  }
}
