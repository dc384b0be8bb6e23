import Bundles
import Digests
@testable import Engine
import HostConfig
import Platform
@testable import Steps
import Synchronization
import Testing

/// A bundle that a sidecar vouches for, published in a folder, on a host of which only that folder is touched.
@Suite struct InstalledBundleTests {
    @Test func `a bundle that is installed stays right when its server is away, and that is told`() async throws {
        try await withBundle { published, host async throws in
            let step = try await installation(host)
            #expect(try await step.inspect(context()).count == 1)
            try await step.apply([], context())
            #expect(try await step.inspect(context()) == [])
            try Folders.removeTree(published)

            let later = try await host(), told = Told()
            let again = try BundleInstallation(#require(later.bundles.first), later)
            #expect(try await again.inspect(context(told)) == [])
            #expect(told.messages.count == 1)
            #expect(told.messages.first?.contains("will do") == true)
            _ = try await BundleLinks(later).inspect(context())
        }
    }

    @Test func `one that is not installed is no more right than before`() async throws {
        try await withBundle { published, host async throws in
            try Folders.removeTree(published)
            let step = try await installation(host)
            await #expect(throws: StepFailure.self) { try await step.inspect(context()) }
        }
    }

    @Test func `what was named as the newest is recorded, and stays right when nobody names it any more`() async throws
    {
        try await withBundle(location: "manifest_url\": \"file://FOLDER/latest.json") { published, host async throws in
            let step = try await installation(host), context = context()
            try await step.apply([], context)
            #expect(context.remembered("manifest_url") == "file://\(published)/latest.json")
            #expect(context.remembered("url") == "file://\(published)/p.tar.gz")
            #expect(context.remembered("version") == "7.1")
            #expect(context.remembered("sha256")?.utf8.count == 64)
            #expect(try await step.inspect(context) == [])
            try Folders.removeTree(published)
            let later = try await host(), told = Told()
            let again = try BundleInstallation(#require(later.bundles.first), later)
            #expect(try await again.inspect(self.context(told)) == [])
            #expect(told.messages.first?.contains("version 7.1, verified when it was installed, will do") == true)
        }
    }

    @Test func `another sidecar wants another version`() async throws {
        try await withBundle { published, host async throws in
            let step = try await installation(host)
            try await step.apply([], context())
            let other = Digest.of("other".utf8).hex
            try Files.replace("\(published)/p.tar.gz.sha256", with: Array(other.utf8), mode: 0o644)
            let later = try await installation(host)
            #expect(try await later.inspect(context()).first?.found == "absent")
        }
    }

    @Test(arguments: ["missing", "two\nlines"])
    func `a secret that cannot be had fails the step, and is not shown`(content: String) async throws {
        let extra = #", "authorization": {"file": "FOLDER/token"}"#
        try await withBundle(extra) { published, host async throws in
            if content != "missing" {
                try Files.replace("\(published)/token", with: Array(content.utf8), mode: 0o600)
            }
            let step = try await installation(host)
            let error = await #expect(throws: StepFailure.self) { try await step.inspect(context()) }
            #expect(error?.explanation.place?.hasSuffix("/token") == true)
            #expect(error?.explanation.summary.contains("lines") == false)
        }
    }

    private func installation(_ host: () async throws -> Host) async throws -> BundleInstallation {
        let host = try await host()
        return BundleInstallation(try #require(host.bundles.first), host)
    }

    private final class Told: EventSink {
        private let events = Mutex<[Event]>([])
        func record(_ event: Event) { events.withLock { $0.append(event) } }
        func finish() async {}
        var messages: [String] { events.withLock { $0.compactMap(\.message) } }
    }

    private func context(_ told: Told? = nil) -> StepContext {
        let run = RunIdentity(hostID: "h")
        return StepContext(step: "bundle-project", log: told.map { EventLog(run: run, sinks: [$0]) })
    }

    /// `host` looks at the machine anew each time, as a run does.
    private func withBundle(
        _ extra: String = "", location: String = "url\": \"file://FOLDER/p.tar.gz",
        _ body: (_ published: String, _ host: () async throws -> Host) async throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let published = "\(folder)/published"
        try Folders.make(published)
        try Files.replace("\(published)/file", with: Array("x".utf8), mode: 0o644)
        let tar = Command("/usr/bin/tar", ["-C", published, "-czf", "\(published)/p.tar.gz", "file"])
        try #require(try await Subprocess.run(tar).succeeded)
        let digest = Digest.of(try Files.read("\(published)/p.tar.gz")).hex
        try Files.replace("\(published)/p.tar.gz.sha256", with: Array(digest.utf8), mode: 0o644)
        let named = "{\"url\": \"p.tar.gz\", \"sha256\": \"\(digest)\", \"version\": \"7.1\", \"os\": \"linux\"}"
        try Files.replace("\(published)/latest.json", with: Array(named.utf8), mode: 0o644)
        let (place, settings) = (filled(location, published), filled(extra, published))
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(folder)/root", "host_id": "h", "bundle_urls":
            {"project": {"\(place)", "verification": "sidecar"\(settings)}}}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        try Folders.make("\(folder)/root/bootstrap/downloads")
        try await body(published) { try await Host.look(configuration, .ofThisUser) }
    }

    private func filled(_ text: String, _ folder: String) -> String {
        text.split(separator: "FOLDER", omittingEmptySubsequences: false).joined(separator: folder)
    }
}
