import Bundles
import Digests
@testable import Engine
import HostConfig
import Platform
@testable import Steps
import Testing

/// A bundle in a folder of its own, on a host of which only one folder is touched.
@Suite struct BundleRootTests {
    @Test func `its versions lie in its root, and what names them asks there`() async throws {
        try await Play.with { play async throws in
            let host = try await play.run(root: "apps/web")
            let root = "\(play.root)/apps/web"
            #expect(try Files.linkTarget("\(root)/current") == "1.0")
            #expect(try Files.text("\(root)/1.0/file") == "1.0")
            #expect(try FileStatus.of("\(play.root)/bundles/web") == nil)
            #expect(host.store.currentLink("web") == "\(root)/current")
            let step = BundleInstallation(try #require(host.bundles.first), host)
            #expect(try await step.inspect(StepContext(step: step.id)) == [])
            #expect(step.wants(OwnedThing(.folder, "\(play.root)/apps")))
            #expect(!step.wants(OwnedThing(.folder, play.root)))
            #expect(try play.receipt().bundleRoots == ["web": root])
            #expect(try play.receipt().bundleFolders == ["web": [root]])
        }
    }

    @Test func `a changed root is installed anew, and the former one is an orphan that leaves nothing`() async throws {
        try await Play.with { play async throws in
            _ = try await play.run(root: nil)
            for (next, former) in [("apps/web", "bundles/web"), ("other", "apps/web"), (nil, "other")] {
                let host = try await play.run(root: next), path = "\(play.root)/\(former)"
                let step = BundleInstallation(try #require(host.bundles.first), host)
                let orphans = Orphans(try play.receipt(), notWantedBy: [step])
                let thing = try #require(orphans.late.first { $0.kind == .bundle })
                #expect(thing.name == path)
                #expect(try OwnedState.of(thing) == .ours("1.0"))
                try await Remover(host).remove(thing)
                #expect(try FileStatus.of(path) == nil && OwnedState.isGone(thing))
                let folders = orphans.late.filter { $0.kind == .folder }.map(\.name)
                #expect(folders == (former == "bundles/web" ? [] : ["\(play.root)/apps"]))
                try await play.forget(thing)
            }
        }
    }

    @Test func `what was added in a root is nobody's to remove`() async throws {
        try await Play.with { play async throws in
            _ = try await play.run(root: "web")
            try Files.replace("\(play.root)/web/notes", with: [], mode: 0o644)
            let thing = try #require(try play.receipt().owned.values.joined().first { $0.kind == .bundle })
            #expect(try OwnedState.of(thing) == .changed("notes was added"))
        }
    }

    @Test func `an empty folder that was there is left empty, and one with other things in it as it is`() async throws {
        try await Play.with { play async throws in
            let root = "\(play.root)/web"
            try Folders.make(root)
            let host = try await play.run(root: "web")
            let thing = try #require(try play.receipt().owned.values.joined().first { $0.kind == .bundle })
            #expect(thing.before == nil && thing.content != nil)
            try await Remover(host).remove(thing)
            #expect(try Folders.names(in: root) == [] && OwnedState.of(thing) == .gone && OwnedState.isGone(thing))
        }
        try await Play.with { play async throws in
            try Folders.make("\(play.root)/web/old")
            _ = try await play.run(root: "web")
            let thing = try #require(try play.receipt().owned.values.joined().first { $0.kind == .bundle })
            guard case .kept = try OwnedState.of(thing) else { throw Unexpected() }
        }
    }

    private struct Unexpected: Error {}

    @Test func `a root that is a link, a file or somebody else's is refused, with who and the way out`() async throws {
        try await Play.with { play async throws in
            let root = "\(play.root)/web"
            try Files.replaceLink(root, target: "/tmp")
            await play.expectRefusal("is a link, and no bundle's root is reached through one")
            try Files.remove(root)
            try Files.replace(root, with: [], mode: 0o644)
            await play.expectRefusal("is a file")
            try Files.remove(root)
            guard Account.currentUser == 0 else { return }
            try Folders.make(root)
            try Files.setOwner(root, user: 1, group: 1)
            await play.expectRefusal("belongs to daemon, and a bundle's root is nobody's")
        }
    }

    @Test func `what a killed run left in a root is cleaned up`() async throws {
        try await Play.with { play async throws in
            let host = try await play.run(root: "web"), root = "\(play.root)/web"
            try Folders.make("\(root)/.staging-bundle-12345/content")
            #expect(Leftovers.remove(host).isEmpty)
            #expect(try Set(Folders.names(in: root)) == [".records", "1.0", "current"])
        }
    }

    /// Runs the steps of a config with one bundle.
    private struct Play {
        let folder: String, digest: String
        var root: String { "\(folder)/root" }

        static func with(_ body: (Play) async throws -> Void) async throws {
            let folder = try Folders.makeTemporary(prefix: "/tmp/bundle-root-")
            defer { try? Folders.removeTree(folder) }
            try Folders.make("\(folder)/tree")
            try Folders.make("\(folder)/root/bootstrap/downloads")
            try Folders.make("\(folder)/root/bundles")
            try Files.replace("\(folder)/tree/file", with: Array("1.0".utf8), mode: 0o644)
            let tar = Command("/usr/bin/tar", ["-C", "\(folder)/tree", "-czf", "\(folder)/web.tar.gz", "file"])
            try #require(try await Subprocess.run(tar).succeeded)
            try await body(Play(folder: folder, digest: try FileDigest.of("\(folder)/web.tar.gz").hex))
        }

        func host(root: String?) async throws -> Host {
            let place = root.map { #", "root": "\#(self.root)/\#($0)""# } ?? ""
            let text = """
                {"bootstrap_user": "nobody", "bootstrap_root": "\(self.root)", "host_id": "h", "bundles":
                {"web": {"url": "file://\(folder)/web.tar.gz", "checksum": "\(digest)", "version": "1.0"\(place)}}}
                """
            let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
            return try await Host.look(configuration, .ofThisUser)
        }

        func run(root: String?) async throws -> Host {
            let host = try await host(root: root)
            let bundle = try #require(host.bundles.first)
            // The links lead to what is there by then.
            for step in [BundleInstallation(bundle, host), BundleLinks(host)] as [any Step] {
                let played = try await Played.run([step], in: "\(self.root)/bootstrap")
                #expect(played.report.succeeded, "\(played.report.failures.map(\.failure.explanation.summary))")
            }
            return try await self.host(root: root)
        }

        func receipt() throws -> Receipt {
            try #require(try HostLayout(root: root, bootstrap: "\(root)/bootstrap").readReceipt())
        }

        /// As a whole run does of what is gone.
        func forget(_ thing: OwnedThing) async throws {
            let receipt = try receipt()
            let store = ReceiptStore(path: "\(root)/bootstrap/state.json", run: receipt, previous: receipt)
            try await store.record { receipt in
                for name in receipt.steps.keys { receipt.steps[name]?.owned?.removeAll(where: thing.isSame) }
            }
        }

        func expectRefusal(_ words: String) async {
            let error = await #expect(throws: StepFailure.self) {
                let host = try await host(root: "web"), bundle = try #require(host.bundles.first)
                _ = try await BundleInstallation(bundle, host).inspect(StepContext(step: "bundle-web"))
            }
            #expect(error?.explanation.problem.contains(words) == true, "\(String(describing: error))")
        }
    }
}
