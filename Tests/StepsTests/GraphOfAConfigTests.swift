import Engine
import HostConfig
import Platform
@testable import Steps
import Testing

@Suite struct GraphOfAConfigTests {
    static let examples =
        #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" } + "/config-schema/examples"

    @Test func `the full example gives every stage, each step after all that it needs`() async throws {
        let graph = try await graph("full.json")
        let names = graph.steps.map(\.id.name)
        for name in [
            "layout", "environment-files", "sysctl", "apt-sources", "apt-packages", "apt-debs", "apt-hold",
            "apt-absent",
            "host-settings", "users", "host-files", "swap",
            "bundle-project-host", "bundle-project", "bundle-tools",
            "bundle-links", "node-runtime", "capabilities", "btrfs-image", "disk-archive", "unit-files",
            "service-host-bootstrap-tunnel", "user-service-sync-home", "reboot",
            "finish",
        ] { #expect(names.contains(name), "\(name) is missing from \(names)") }
        #expect(names.first == "layout")
        #expect(names.last == "finish")
        #expect(graph.steps.last?.needs == Set(graph.steps.dropLast().map(\.id)))
    }

    @Test func `the minimal example touches nothing but its own folders and environment`() async throws {
        #expect(try await graph("minimal.json").steps.map(\.id.name) == ["layout", "environment-files", "finish"])
    }

    @Test func `a tunnel's unit quotes what systemd would expand`() {
        #expect(TunnelUnit.quoted("a %h $X \"q\" \\") == "\"a %%h $$X \\\"q\\\" \\\\\"")
    }

    /// The example's user is replaced by one that this machine has.
    private func graph(_ example: String) async throws -> Graph {
        let text = try Files.text("\(Self.examples)/\(example)") ?? ""
        let changed = text.split(separator: "\n").map { line in
            line.contains("\"bootstrap_user\"")
                ? "  \"bootstrap_user\": \"nobody\","
                : String(line).replacingBytes("\"user\": \"ubuntu\"", with: "\"user\": \"nobody\"")
        }
        let bytes = Array(changed.joined(separator: "\n").utf8)
        let configuration = try HostConfiguration.load(bytes, file: example).get()
        return try Steps.graph(for: await Host.look(configuration))
    }
}
