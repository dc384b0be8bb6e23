import Bundles
import Digests
@testable import Engine
import HostConfig
import Platform
@testable import Steps
import Testing

/// What a host takes from a file of releases, one after the other, on a host of which only one folder is touched.
@Suite struct ReplayedReleaseTests {
    @Test func `an older version is not taken from there again, whether it is still installed or gone`() async throws {
        try await with { play async throws in
            for version in ["7.1", "7.2"] {
                try await play.publish(version)
                try await play.apply()
            }
            // The one before is there still: no byte of it would have to be fetched.
            try await play.publish("7.1")
            await play.expectRefusal(of: "7.1", seen: "7.2")
            let store = try await play.host().store
            for version in ["7.1", "7.2"] { try store.remove("project", version) }
            await play.expectRefusal(of: "7.1", seen: "7.2")
            // Its file says nothing of a version, and the archive is what it was.
            try await play.publish("7.1", announced: false)
            await play.expectRefusal(of: "7.1", seen: "7.2")
            try await play.publish("7.10")
            try await play.apply()
            #expect(try store.newestSeen("project", namedBy: "file://\(play.published)/latest.json") == "7.10")
        }
    }

    @Test func `the config's own word goes back: a digest, or a version`() async throws {
        try await with { play async throws in
            for version in ["7.1", "7.2"] {
                try await play.publish(version)
                try await play.apply()
            }
            let digest = try await play.publish("7.1")
            await play.expectRefusal(of: "7.1", seen: "7.2")
            for words in [#", "checksum": "\#(digest.hex)""#, #", "version": "7.1""#] {
                #expect(try await play.step(words).inspect(play.context) == [], "\(words)")
            }
            await play.expectRefusal(of: "7.1", seen: "7.2")
        }
    }

    private struct Play {
        let folder: String
        var published: String { "\(folder)/published" }
        var context: StepContext { StepContext(step: "bundle-project", log: nil) }

        /// Packs a version, and names it as the newest.
        @discardableResult
        func publish(_ version: String, announced: Bool = true) async throws -> Digest {
            let tree = "\(folder)/tree"
            try Folders.removeTree(tree)
            try Folders.make(tree)
            let digest = Digest.of("x".utf8).hex
            let manifest = """
                {"schema_version": 1, "name": "project", "version": "\(version)", "arch": "any",
                 "files": [{"path": "file", "mode": "0644", "sha256": "\(digest)"}], "entry_points": {}}
                """
            try Files.replace("\(tree)/file", with: Array("x".utf8), mode: 0o644)
            try Files.replace("\(tree)/manifest.json", with: Array(manifest.utf8), mode: 0o644)
            let tar = Command(
                "/usr/bin/tar",
                ["--mtime=@0", "--sort=name", "-C", tree, "-czf", "\(published)/p.tar.gz", "file", "manifest.json"])
            try #require(try await Subprocess.run(tar).succeeded)
            let archive = Digest.of(try Files.read("\(published)/p.tar.gz"))
            let named = announced ? ", \"version\": \"\(version)\"" : ""
            try Files.replace(
                "\(published)/latest.json",
                with: Array("{\"url\": \"p.tar.gz\", \"sha256\": \"\(archive.hex)\"\(named)}".utf8), mode: 0o644)
            return archive
        }

        /// It looks at the machine anew each time, as a run does.
        func host(_ extra: String = "") async throws -> Host {
            let text = """
                {"bootstrap_user": "nobody", "bootstrap_root": "\(folder)/root", "host_id": "h", "bundle_urls":
                {"project": {"manifest_url": "file://\(published)/latest.json", "verification": "sidecar"\(extra)}}}
                """
            let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
            return try await Host.look(configuration, .ofThisUser)
        }

        func step(_ extra: String = "") async throws -> BundleInstallation {
            let host = try await host(extra)
            return BundleInstallation(try #require(host.bundles.first), host)
        }

        func apply() async throws {
            let step = try await step()
            try await step.apply([], context)
            #expect(try await step.inspect(context) == [])
        }

        func expectRefusal(of version: String, seen: String) async {
            let error = await #expect(throws: StepFailure.self) {
                let step = try await step()
                if try await step.inspect(context).isEmpty { return }
                try await step.apply([], context)
            }
            #expect(error?.kind == .integrity)
            #expect(
                error?.explanation.problem == "is version \(version), and \(seen) was taken from there before",
                "\(String(describing: error))")
        }
    }

    private func with(_ body: (Play) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let play = Play(folder: folder)
        try Folders.make(play.published)
        try Folders.make("\(folder)/root/bootstrap/downloads")
        try await body(play)
    }
}
