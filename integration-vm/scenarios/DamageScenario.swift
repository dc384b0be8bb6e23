import Platform
import Testing
internal import Glibc

/// Everything that the agent made, damaged in every way: it is told, repaired, and then left alone.
@Suite(.serialized, .enabled(if: Site.folder != nil, "needs integration-vm/site, which Tests/run starts as root"))
struct DamageScenario {
    private struct Case: Sendable {
        let thing: DamagedThing
        let damage: DamagedThing.Damage
        var name: String { "\(damage): \(thing.path)" }
    }

    /// All of them when faults are what is tested, else some of each thing and of each kind.
    private static let cases: [Case] = {
        let all = DamagedThing.all.flatMap { thing in thing.damages.map { Case(thing: thing, damage: $0) } }
        let words = getenv("HOST_BOOTSTRAP_FAULTS").map { String(cString: $0) }
        if words == "all" { return all }
        // So that a part can be looked at again: from which case on, and how many.
        if let range = words?.split(separator: "+").compactMap({ Int($0) }), range.count == 2 {
            return Array(all.dropFirst(range[0]).prefix(range[1]))
        }
        return all.enumerated().filter { $0.offset % 9 == 0 }.map(\.element)
    }()

    @Test func `what is damaged is named, repaired, and then left alone`() async throws {
        let config = try await Site.config("damage", "hub=")
        try await TestHost.with("damage", .init()) { host in
            let first = try await host.agent("apply", "--json", config: config)
            #expect(first.exitCode == 0, "\(first.result.errors)")
            // The second run remembers what was too new to be remembered by the first.
            #expect(try await host.agent("apply", "--json", config: config).changed.isEmpty)
            let whole = try await verify(host)
            #expect(whole.exitCode == 0 && whole.output.contains("the host matches "), "\(whole.output)\(whole.errors)")
            let before = try await state(host)
            var counts: [String: Int] = [:]
            for one in Self.cases {
                let trouble = try await play(one, on: host)
                if let trouble { Issue.record("\(one.name): \(trouble)") }
                counts[trouble == nil ? "\(one.thing.answer(to: one.damage))" : "not as promised", default: 0] += 1
            }
            let words = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            print("damage matrix: \(Self.cases.count) cases: \(words)")
            let after = try await state(host)
            let left = Set(after).symmetricDifference(before).sorted().prefix(20)
            #expect(left.isEmpty, "\(left.joined(separator: "\n"))")
        }
    }

    /// Plays a case; the answer is what was not as it should be.
    private func play(_ one: Case, on host: TestHost) async throws -> String? {
        let answer = one.thing.answer(to: one.damage)
        let damaged = try await host.shell(one.thing.line(for: one.damage))
        guard damaged.succeeded else { return "could not be damaged: \(damaged.errors)" }
        var trouble: [String] = []
        let found = try await verify(host), said = found.output + found.errors
        if answer != .renewed, found.exitCode == 0 || !said.contains(one.thing.called ?? one.thing.path) {
            trouble.append("not named, \(found.exitCode): \(said.suffix(300))")
        }
        let run = try await apply(host)
        if answer == .refused {
            if run.exitCode == 0 || !run.result.errors.contains("hint: ") {
                trouble.append("not refused: \(run.result.errors.suffix(500))")
            }
            try await host.shell("chown -h ops '\(one.thing.path)'").check()
            if try await apply(host).exitCode != 0 { trouble.append("not mended by root") }
        } else if run.exitCode != 0 {
            trouble.append("not repaired, \(run.exitCode): \(run.result.errors.suffix(500))")
            _ = try await host.shell("rm -rf '\(one.thing.path)'")
            _ = try await apply(host)
        }
        let again = try await apply(host)
        if again.exitCode != 0 || !again.changed.isEmpty {
            trouble.append("not quiet, \(again.exitCode): \(again.changed) \(again.result.errors.suffix(300))")
        }
        let last = try await verify(host)
        if last.exitCode != 0 { trouble.append("still differs: \(last.output.suffix(300))\(last.errors)") }
        let aside = "'\(one.thing.path).elsewhere' '\(one.thing.path)'.moved-aside-*"
        try await host.shell(
            "\(one.thing.restoring(one.damage)); rm -rf \(aside); find \(TestHost.root) -name '*.unreadable' -delete"
        ).check()
        return trouble.isEmpty ? nil : trouble.joined(separator: "\n")
    }

    private func verify(_ host: TestHost) async throws -> CommandResult {
        try await host.run("timeout", "60", Site.agentInHost, "status", "--verify", user: "ops")
    }

    private func apply(_ host: TestHost) async throws -> AgentRun {
        AgentRun(
            try await host.run(
                "timeout", "100", Site.agentInHost, "apply", "--json", "--config", "/home/ops/host.json", user: "ops"))
    }

    /// All that lies there, but for what every run writes anew.
    private func state(_ host: TestHost) async throws -> [String] {
        let anew = [
            "state.json", "bootstrap.log", "/lock", ".records/", "/records/", "host.json", "bootstrap_done",
            "btrfs.img",
            // A line in which a bit flipped names a place where nothing is; it stays among those that are known.
            "/work-places",
        ]
        let places = ["/home/ops", "/etc/systemd", "/etc/cocalc", "/var/lib/host-bootstrap"]
        return try await host.snapshot(places).filter { line in !anew.contains(where: line.contains) }
    }
}
