import Engine
import Glibc
import HostConfig
import Platform
import Testing

@testable import Steps

@Suite struct NodeVersionTests {
    @Test(arguments: [(nil, false), ("", false), ("/home/x/.nvm", false), ("/home/x/.nvm/", false), ("/opt/nvm", true)])
    func `an NVM_DIR that names another folder is told of`(variable: String?, isTold: Bool) {
        let words = NodeVersion(number: "22.20.0", home: "/home/x").ignoredFolder(variable)
        #expect((words != nil) == isTold)
        #expect(words?.contains("/opt/nvm") != false && words?.contains("/home/x/.nvm") != false)
    }

    /// The environment is the whole process's.
    @Test func `it is told whenever the step is looked at, even when there is nothing to do`() async {
        await #expect(processExitsWith: .success) {
            setenv("NVM_DIR", "/opt/nvm", 1)
            let text = """
                {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "node_version": "22.20.0"}
                """
            let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
            let host = try await Host.look(configuration)
            let told = Told()
            let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [told])
            let step = NodeRuntime(try #require(configuration.node), try #require(host.node), host)
            _ = try await step.inspect(StepContext(step: step.id, log: log))
            await log.finish()
            try #require(told.messages.first?.hasPrefix("warning: NVM_DIR is /opt/nvm and is not followed") == true)
        }
    }

    @Test func `a major version is the newest of the mirror's for this processor, and then the one that is installed`()
        async throws
    {
        try await NodeMirror.with { (mirror) async throws in
            let both = #""files": ["linux-arm64", "linux-x64"]"#, sources = #""files": ["src"]"#
            try mirror.publish(
                """
                [{"version": "v23.0.0", "lts": false, \(both)}, {"version": "v22.1.0", \(both)}, {"version": "v20.11.0", \(sources)},
                {"version": "v20.9.0", \(both)}, {"version": "v20.10.0", \(both)}, {"version": "v2.1.0", \(sources)}]
                """)
            #expect(try await mirror.host("20").node?.number == "20.10.0")
            #expect(try await mirror.host("v22").node?.number == "22.1.0")
            #expect(try await mirror.host("20.9.0").node?.number == "20.9.0")
            let failure = await #expect(throws: StepFailure.self) { try await mirror.host("2") }
            #expect(failure?.explanation.summary.contains("has no Node 2 for linux-") == true)
            #expect(failure?.explanation.place == "file://\(mirror.top)/index.json")

            try await mirror.install("20.9.0")
            #expect(try await mirror.host("20").node?.number == "20.9.0")
            #expect(try await mirror.host("22").node?.number == "22.1.0")

            // The receipt is lost, and what was unpacked has a record of its own.
            let layout = try await mirror.host("20").layout
            try Files.remove(layout.receipt)
            try Folders.make(layout.records)
            try Files.replace("\(layout.records)/node-v20.9.0.json", with: Array("{}".utf8), mode: 0o644)
            #expect(try await mirror.host("20").node?.number == "20.9.0")
        }
    }

    @Test func `a look without the network asks no mirror, and takes what is not installed for absent`() async throws {
        try await NodeMirror.with { (mirror) async throws in
            var offline = InspectionOptions()
            offline.isOffline = true
            #expect(try await mirror.host("20", offline).node?.number == "20")
        }
    }

    @Test(arguments: [
        ("", "is no index"), ("{}", "is no index"), (#"[{"version": 20, "files": []}]"#, "is no index"),
        (#"[{"version": "v20.1.0", "files": ["linux-s390x"]}]"#, "has no Node 20"), (nil, "index.json"),
        (#"[{"version": "v20.1.0-rc.1", "files": ["linux-x64", "linux-arm64"]}]"#, "has no Node 20"),
    ])
    func `an index that names none is told of`(text: String?, words: String) async throws {
        try await NodeMirror.with { (mirror) async throws in
            try text.map(mirror.publish)
            let failure = await #expect(throws: StepFailure.self) { try await mirror.host("20") }
            #expect(failure?.explanation.summary.contains(words) == true, "\(String(describing: failure))")
        }
    }

    /// A folder that is a mirror of Node's, and a root beneath it.
    private struct NodeMirror: Sendable {
        let top: String

        static func with(_ body: (NodeMirror) async throws -> Void) async throws {
            let top = try Folders.makeTemporary(prefix: "/tmp/node-mirror-")
            defer { try? Folders.removeTree(top) }
            try await body(NodeMirror(top: top))
        }

        func publish(_ index: String) throws {
            try Files.replace("\(top)/index.json", with: Array(index.utf8), mode: 0o644)
        }

        func host(_ version: String, _ inspection: InspectionOptions = InspectionOptions()) async throws -> Host {
            let text = """
                {"bootstrap_user": "nobody", "bootstrap_root": "\(top)/root", "host_id": "h", "node_version": "\(version)",
                "node": {"mirror_url": "file://\(top)"}}
                """
            return try await Host.look(
                try HostConfiguration.load(Array(text.utf8), file: "host.json").get(), inspection)
        }

        /// As a run writes it down before it installs that version.
        func install(_ version: String) async throws {
            let host = try await host(version)
            try Folders.make(host.layout.bootstrap)
            var receipt = Receipt(
                run: RunIdentity(hostID: "h"), configDigest: "", agentVersion: "1", parallel: true)
            receipt.steps["node-runtime"] = Receipt.Entry(
                runID: "r", status: .running, needs: [], startedAt: .now(), differences: [], facts: [:])
            receipt.steps["node-runtime"]?.owned = [OwnedThing(.tree, try #require(host.node).folder)]
            try await ReceiptStore(path: host.layout.receipt, run: receipt, previous: receipt).record { _ in }
        }
    }
}
