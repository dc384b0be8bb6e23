import Bundles
import Platform
import Testing

@testable import Engine
@testable import Steps

/// What is undone after a run whose services failed, on a host of which only a folder is touched.
extension RollbackTests {
    private static let services = """
        [{"unit": "a.service", "content": "[Service]\\nExecStart=/bin/a\\n"},
        {"unit": "b.service", "content": "[Service]\\nExecStart=/bin/b\\n"},
        {"unit": "never.service", "content": "[Service]\\nExecStart=/bin/c\\n", "rollback": "never"},
        {"unit": "once.service", "content": "[Service]\\nType=oneshot\\nExecStart=/bin/d\\n"}]
        """

    @Test func `a version that came since a service was healthy is undone, and remembered as a bad one`() async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            try await upgrade("2.0", publish, host, isHealthy: false)
            RevealedSecrets.remember("the-token-of-a")
            let failed = Self.report([("service-a", .unhealthy, "wrote the-token-of-a"), ("service-b", .timedOut, "b")])
            let found = try await rollbacks(failed, host)
            let rollback = try #require(found.all.first)
            #expect(found.all.count == 1 && found.stuckWords == nil)
            #expect(rollback.words == "project 2.0 is not healthy: going back to 1.0")
            #expect(rollback.steps == ["service-a", "service-b"])
            try await rollback.pin(try await host())
            try await switchLink(host)
            #expect(try await current(host) == "1.0")
            let later = try await Played.run([try await links(host)], in: try await host().layout.root).report
            let lacking = try #require(later.shortcomings.first)
            let words = "project stays at 1.0: 2.0, which the config leads to, was not healthy on "
            #expect(lacking.error.hasPrefix(words))
            #expect(lacking.error.hasSuffix(": wrote ‹secret›") && lacking.hint.contains("apply --retry-version"))
            #expect(try await host().store.pin("project")?.reason == "wrote ‹secret›")
            // A failure that goes on with the older one is none of a version's.
            #expect(try await rollbacks(failed, host).all.isEmpty)
        }
    }

    @Test func `a bad version is taken again when told to, and another archive of the same version by itself`()
        async throws
    {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            try await upgrade("2.0", publish, host, isHealthy: false)
            for rollback in try await rollbacks(Self.report([("service-a", .unhealthy, "no")]), host).all {
                try await rollback.pin(try await host())
            }
            try await switchLink(host)
            let again = try await Host.look(try await host().configuration, retryVersions: true)
            let wanted = try await BundleLinks(again).inspect(StepContext(step: "l")).map(\.wanted)
            #expect(wanted == ["2.0"])
            #expect(try await links(host).inspect(StepContext(step: "l")) == [])
            try await upgrade("2.0/mended", publish, host, isHealthy: true)
            #expect(try await current(host) == "2.0")
            #expect(try await host().store.pin("project") == nil)
        }
    }

    /// What failed, and how.
    @Test(arguments: [
        ("service-never", StepFailure.Kind.unhealthy), ("service-once", .unhealthy), ("service-ssh-tunnel", .unhealthy),
        ("data-models", .timedOut), ("service-a", .failed), ("service-a", .integrity), ("service-a", .cancelled),
    ])
    func `a failure that is no version's, or that the config leaves to a person, undoes nothing`(
        step: String, kind: StepFailure.Kind
    ) async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            try await upgrade("2.0", publish, host, isHealthy: false)
            let found = try await rollbacks(Self.report([(step, kind, "no")]), host)
            #expect(found.all.isEmpty && found.stuckWords == nil)
            let stopped = Self.report([("service-a", .unhealthy, "no")], wasStopped: true)
            #expect(try await rollbacks(stopped, host).all.isEmpty)
        }
    }

    @Test func `what a service was healthy with says more than whether a whole run ended well`() async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            let first = try #require(try await host().store.record("project", "1.0")).archiveDigest
            try await upgrade("2.0", publish, host, isHealthy: false)
            let second = try #require(try await host().store.record("project", "2.0")).archiveDigest
            let failed = Self.report([("service-a", .unhealthy, "no")])
            // Parts of the steps were run since, and the service was well.
            #expect(try await rollbacks(failed, host, healthyWith: second).all.isEmpty)
            // All was well while this service was left out.
            try await host().store.markHealthy("project", "2.0")
            #expect(try await rollbacks(failed, host).all.isEmpty)
            let found = try await rollbacks(failed, host, healthyWith: first)
            #expect(found.all.map(\.to) == ["1.0"])
            try await found.all.first?.pin(try await host())
            #expect(try await host().store.healthySince("project", "2.0") == nil)
        }
    }

    @Test func `a unit file that a new version lacks or breaks is that version's fault`() async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            try await upgrade("2.0", publish, host, isHealthy: false)
            let found = try await rollbacks(Self.report([("unit-files", .unhealthy, "no unit file")]), host)
            #expect(found.all.map(\.steps) == [["unit-files"]])
        }
    }

    @Test func `the version before comes back rather than one that proved itself later`() async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            for version in ["1.0", "2.0"] {
                try await upgrade(version, publish, host, isHealthy: true)
                try await Task.sleep(for: .milliseconds(3))
            }
            let store = try await host().store
            try store.use("project", "1.0")
            try await upgrade("3.0", publish, host, isHealthy: false)
            let failed = Self.report([("service-a", .unhealthy, "no")])
            #expect(try await rollbacks(failed, host).all.map(\.to) == ["1.0"])
            try Files.remove("\(store.folder("project", "1.0"))/file")
            #expect(try await rollbacks(failed, host).all.map(\.to) == ["2.0"])
            try Files.remove("\(store.folder("project", "2.0"))/file")
            let none = try await rollbacks(failed, host)
            #expect(none.all.isEmpty)
            #expect(none.stuckWords == "there is no healthy version to go back to from project 3.0")
        }
    }

    @Test func `what a person rolled back to is not undone`() async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            for version in ["1.5", "2.0"] { try await upgrade(version, publish, host, isHealthy: false) }
            try await Rollback("project", to: "1.5").choose(try await host()).pin(try await host())
            try await switchLink(host)
            #expect(try await rollbacks(Self.report([("service-a", .unhealthy, "no")]), host).all.isEmpty)
            #expect(try await host().store.pin("project")?.insteadOf == "2.0")
        }
    }

    /// How the steps ended with the older version, whether the run was stopped then, and the words for it.
    @Test(arguments: [
        ([], false, ", and is healthy"),
        ([("service-a", StepFailure.Kind.unhealthy, "no")], false, ", and is not healthy either: no"),
        ([("service-b", .unhealthy, "no")], false, "; then failed: service-b"),
        ([("service-a", .cancelled, "no")], true, "; the run was stopped before that was seen to be healthy"),
    ])
    func `the failure says both versions and what became of the older one`(
        second: [(String, StepFailure.Kind, String)], wasStopped: Bool, end: String
    ) async throws {
        try await with(services: Self.services, unitsOfProject: ["file.service"]) { publish, host async throws in
            try await upgrade("1.0", publish, host, isHealthy: true)
            try await upgrade("2.0", publish, host, isHealthy: false)
            let first = Self.report([("service-a", .unhealthy, "answers 503")])
            let merged = first.after(
                try await rollbacks(first, host).all, Self.report(second, wasStopped: wasStopped))
            let words = "project went back from 2.0 to 1.0\(end)"
            let failure = merged.failures.first { $0.id == "service-a" }?.failure
            #expect(failure?.explanation.problem == "answers 503; \(words)")
            #expect(failure?.kind == .unhealthy && !merged.succeeded && merged.wasStopped == wasStopped)
            if second.first?.0 != "service-a" { #expect(merged.remark == words) }
        }
    }

    // MARK: A run

    private static func report(_ failures: [(String, StepFailure.Kind, String)], wasStopped: Bool = false) -> RunReport
    {
        let steps = failures.map { step, kind, words in
            StepReport(
                id: StepID(step), outcome: .failed(StepFailure(kind, Explanation(words, hint: "look"))),
                startedAt: .now(), duration: .zero)
        }
        return RunReport(steps: steps, duration: .zero, wasStopped: wasStopped)
    }

    private func rollbacks(
        _ report: RunReport, _ host: Look, healthyWith digest: String? = nil
    ) async throws -> AutomaticRollbacks {
        let facts = digest.map { ["bundles": "project=\($0)"] }
        return try await AutomaticRollbacks(
            after: report, facts: facts.map { ["service-a": $0] } ?? [:], on: try await host())
    }
}
