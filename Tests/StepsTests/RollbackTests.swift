import Bundles
import Digests
import Engine
import Platform
import Testing

@testable import HostConfig
@testable import Steps

/// Versions of a bundle on a host of which only a folder is touched; each is installed as a run would.
@Suite struct RollbackTests {
    @Test func `the last healthy version comes back, and stays until a third one comes`() async throws {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0"] { try await upgrade(version, publish, host, isHealthy: true) }
            let choice = try await Rollback("project", to: nil).choose(try await host())
            #expect(choice.words == "rolling project back from 2.0 to 1.0")
            try await choice.pin(try await host())
            try await switchLink(host)
            #expect(try await current(host) == "1.0")
            // The config still leads to 2.0; again and again, the run leaves it alone.
            let step = try await installation(host)
            #expect(try await step.inspect(StepContext(step: step.id)) == [])
            let report = try await run([try await links(host)])
            #expect(report.changed == [])
            #expect(report.status == .degraded)
            let words = try #require(report.shortcomings.first)
            #expect(words.error.hasPrefix("project stays at 1.0: 2.0, which the config leads to, was rolled back on 2"))
            #expect(words.hint.contains("rollback project --to 2.0"))
            #expect(try await host().store.healthySince("project", "2.0") == nil)
            try await upgrade("3.0", publish, host, isHealthy: true)
            #expect(try await current(host) == "3.0")
            #expect(try await host().store.pin("project") == nil)
            #expect(try await run([try await links(host)]).status == .done)
        }
    }

    @Test func `an older version that was damaged since is told, and taken away when everything is read`() async throws
    {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0"] { try await upgrade(version, publish, host, isHealthy: true) }
            let usual = try await host(), context = StepContext(step: "v")
            let folder = usual.store.folder("project", "1.0")
            try Files.replace("\(folder)/file", with: Array("1.1".utf8), mode: 0o644)
            #expect(try await BundleVersions(usual, needs: []).inspect(context) == [])
            let damage = Difference(folder, found: "file has other content", wanted: "removed")
            #expect(try await BundleVersions(usual, needs: []).verify(context) == [damage])
            var inspection = InspectionOptions.ofThisUser
            inspection.readsEverything = true
            let close = BundleVersions(try await Host.look(usual.configuration, inspection), needs: [])
            #expect(try await close.inspect(context) == [damage])
            try await close.apply([damage], context)
            #expect(try FileStatus.of(folder) == nil && usual.store.record("project", "1.0") == nil)
        }
    }

    @Test func `going to the config's own version again lets the config decide`() async throws {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0"] { try await upgrade(version, publish, host, isHealthy: true) }
            try await Rollback("project", to: "1.0").choose(try await host()).pin(try await host())
            try await switchLink(host)
            let choice = try await Rollback("project", to: "2.0").choose(try await host())
            try await choice.pin(try await host())
            #expect(choice.words.hasSuffix("from 1.0 to 2.0, which was never seen to be healthy"))
            try await switchLink(host)
            #expect(try await current(host) == "2.0")
            #expect(try await host().store.pin("project") == nil)
        }
    }

    @Test func `with a config that leads to what is not installed nothing is rolled back`() async throws {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0"] { try await upgrade(version, publish, host, isHealthy: true) }
            try await publish("3.0")
            let error = await #expect(throws: StepFailure.self) {
                _ = try await Rollback("project", to: nil).choose(try await host())
            }
            let words = try #require(error?.explanation)
            #expect(words.problem.contains("leads to a version that is not installed (sha256:"), "\(words)")
            #expect(words.problem.contains("no run would stay at 1.0"))
            #expect(
                words.hint
                    == "give the config that leads to 2.0, which is in use; or let the config lead to 1.0, and run host-bootstrap apply --config FILE"
            )
            #expect(try await host().store.pin("project") == nil)
            #expect(try await host().store.healthySince("project", "2.0") != nil)
        }
    }

    @Test func `a roll-back that cannot be written down leaves no host that says it is ready`() async throws {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0"] { try await upgrade(version, publish, host, isHealthy: true) }
            let layout = try await host().layout
            try Folders.make("\(Files.folder(of: layout.doneMarker))/bundles/project/.records/.pin/full")
            try Files.replace(layout.doneMarker, with: [], mode: 0o644)
            var options = Provisioning.Options()
            options.rollback = Rollback("project", to: nil)
            let ending = await Provisioning(
                try await host().configuration, options, log: EventLog(run: RunIdentity(hostID: "h"), sinks: []),
                agentVersion: "1",
                hooks: Provisioning.Hooks(onBegin: { _ in [] }, onWait: { _ in }, exitCode: { _ in 0 })
            ).run()
            guard case .failed = ending else {
                Issue.record("\(ending)")
                return
            }
            #expect(try FileStatus.of(layout.doneMarker) == nil)
            #expect(try await current(host) == "2.0")
            #expect(try await host().store.healthySince("project", "2.0") == nil)
        }
    }

    /// What is asked for, and parts of the reason why it is refused and of the remedy.
    @Test(arguments: [
        ("project", nil, "no other version", "with --to: 1.0"), ("project", "9.9", "9.9 is not installed", "--to: 1.0"),
        ("project", "../../x", "is not installed", "--to: 1.0"), ("tools", nil, "no such bundle", "it has: project"),
        ("project", "1.0", "no longer as it was installed: file is missing", "no other version is installed"),
    ])
    func `what cannot be gone back to is refused, and nothing changes`(
        bundle: String, version: String?, reason: String, remedy: String
    ) async throws {
        try await with { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: false)
            try await upgrade("2.0", publish, host, isHealthy: true)
            try Files.remove("\(try await host().store.folder("project", "1.0"))/file")
            let error = await #expect(throws: StepFailure.self) {
                _ = try await Rollback(bundle, to: version).choose(try await host())
            }
            #expect(error?.explanation.hint.contains(remedy) == true, "\(String(describing: error))")
            #expect(error?.explanation.summary.contains(reason) == true, "\(String(describing: error))")
            #expect(try await host().store.pin("project") == nil)
            #expect(try await host().store.healthySince("project", "2.0") != nil)
        }
    }

    @Test func `once healthy, old versions go, and a second look finds nothing to do`() async throws {
        try await with { publish, host async throws in
            for version in ["1.0", "2.0", "3.0", "4.0", "5.0"] {
                try await upgrade(version, publish, host, isHealthy: true)
                try await Task.sleep(for: .milliseconds(3))
            }
            let store = try await host().store
            #expect(try store.versions("project", archive: nil).map(\.version).sorted() == ["3.0", "4.0", "5.0"])
            let step = BundleVersions(try await host(), needs: [])
            #expect(try await step.inspect(StepContext(step: step.id)) == [])
        }
    }

    /// What a run tells of steps.
    private func run(_ steps: [any Step]) async throws -> RunReport {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        return try await Played.run(steps, in: folder).report
    }

    // MARK: A run, step by step

    typealias Publish = (String) async throws -> Void
    typealias Look = () async throws -> Host

    func upgrade(_ version: String, _ publish: Publish, _ host: Look, isHealthy: Bool) async throws {
        try await publish(version)
        let step = try await installation(host)
        try await step.apply([], StepContext(step: step.id))
        try await switchLink(host)
        guard isHealthy else { return }
        let end = BundleVersions(try await host(), needs: [])
        try await end.apply(try await end.inspect(StepContext(step: end.id)), StepContext(step: end.id))
    }

    func switchLink(_ host: Look) async throws {
        let step = try await links(host), context = StepContext(step: "l")
        try await step.apply(try await step.inspect(context), context)
    }

    func links(_ host: Look) async throws -> BundleLinks { BundleLinks(try await host()) }

    func installation(_ host: Look) async throws -> BundleInstallation {
        let host = try await host()
        return BundleInstallation(try #require(host.bundles.first), host)
    }

    func current(_ host: Look) async throws -> String? {
        try await host().store.currentVersion("project")
    }

    /// What is published is a version, and after a slash perhaps what its file holds.
    func with(
        services: String = "[]", unitsOfProject: [String] = [],
        _ body: (_ publish: Publish, _ host: Look) async throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/steps-tests-")
        defer { try? Folders.removeTree(folder) }
        let (tree, archive) = ("\(folder)/tree", "\(folder)/p.tar.gz")
        try Folders.make(tree)
        try Folders.make("\(folder)/root/bootstrap/downloads")
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(folder)/root", "host_id": "h", "bundle_urls":
            {"project": {"url": "file://\(archive)", "verification": "sidecar"}}, "services": \(services)}
            """
        var configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        // A config may not say so of a bundle that is published without a digest, as it is here to make versions quickly.
        configuration.services += unitsOfProject.map { unit in
            Service(
                unit: unit, scope: .system, definition: .bundle(name: "project", path: "unit"), dropIns: [:],
                health: nil,
                isEnabled: true,
                isMasked: false, rollback: .automatic)
        }
        let publish: Publish = { words in
            let version = words.prefix { $0 != "/" }
            try Files.replace("\(tree)/file", with: Array(words.utf8), mode: 0o644)
            let digest = Digest.of(words.utf8).hex
            let manifest = """
                {"schema_version": 1, "name": "project", "version": "\(version)", "arch": "any",
                "files": [{"path": "file", "mode": "0644", "sha256": "\(digest)"}]}
                """
            try Files.replace("\(tree)/manifest.json", with: Array(manifest.utf8), mode: 0o644)
            let tar = Command("/usr/bin/tar", ["-C", tree, "-czf", archive, "manifest.json", "file"])
            try #require(try await Subprocess.run(tar).succeeded)
            try Files.replace(
                "\(archive).sha256", with: Array(Digest.of(try Files.read(archive)).hex.utf8), mode: 0o644)
        }
        try await body(publish) { try await Host.look(configuration, .ofThisUser) }
    }
}
