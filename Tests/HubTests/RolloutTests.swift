import Platform
import Support
import Testing

@testable import Hub

/// Configs and bundles that go to the hosts of a group wave by wave.
@Suite(.postgreSQL) struct RolloutTests {
    private static let new = #", "environment": {"PORT": "2"}"#

    /// A fresh hub with simulated hosts, and a new config for them.
    private func withFleet(
        _ database: TestDatabase, _ count: Int, _ kinds: [Int: SimulatedFleet.Kind] = [:],
        _ body: (_ fleet: inout SimulatedFleet, _ new: RolloutChange) throws -> Void
    ) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        let hub = try Hub(data: "\(folder)/data", database: try await database.make())
        var fleet = try SimulatedFleet(hub, count, kinds)
        try Files.replace(
            "\(folder)/new.json", with: Array(SimulatedFleet.config(of: "any", Self.new).utf8), mode: 0o644)
        try body(&fleet, .config(path: "\(folder)/new.json"))
    }

    private func view(_ fleet: SimulatedFleet, _ id: Int64) throws -> RolloutView {
        try #require(try fleet.hub.store.view(of: id, at: fleet.now))
    }

    // MARK: Waves

    @Test(arguments: TestDatabase.available)
    func `each wave begins once the one before it was well for a time, and at the end all have it`(
        database: TestDatabase
    ) async throws {
        try await withFleet(database, 20) { fleet, new in
            let started = try LiveHub.start(fleet.hub, new)
            #expect(started.waves == [1, 1, 8, 10] && started.leftOut == 0 && started.warnings == [])
            var given: [Int] = []
            for _ in 0..<20 {
                try fleet.pass(10)
                given.append(try fleet.given("PORT"))
            }
            // It is well ten minutes after it was given, and soaks for thirty.
            #expect(given == [1, 1, 1, 1, 2, 2, 2, 2, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20, 20, 20])
            let view = try view(fleet, started.id)
            #expect(view.rollout.status == .done && view.waves.map(\.hosts) == [1, 1, 8, 10])
            #expect(view.hosts.allSatisfy { $0.outcome == .healthy })
            for name in fleet.names {
                let config = String(decoding: try fleet.hub.store.record(of: HostID(name))?.config ?? [], as: UTF8.self)
                #expect(config.contains(#""host_id": "\#(name)""#) && config.contains(#""PORT": "2""#))
            }
            let again = #expect(throws: HubError.self) { try LiveHub.start(fleet.hub, new) }
            #expect(again == .rollout(.allHaveIt("web")))
        }
    }

    @Test(arguments: TestDatabase.available)
    func `more hosts that fail than may stop it, and it goes on or back as it is told`(database: TestDatabase)
        async throws
    {
        // Whoever is first: of ten hosts none takes it.
        let all = Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, SimulatedFleet.Kind.failing) })
        try await withFleet(database, 10, all) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, mostFailed: "1").id
            try fleet.pass(60)
            // One may, so that the second wave began, and that was one too many.
            var view = try view(fleet, id)
            #expect(view.rollout.status == .halted && view.rollout.given == 5)
            #expect(view.rollout.reason.hasPrefix("5 failed, and 1 may: h"), "\(view.rollout.reason)")
            #expect(view.rollout.reason.contains("failed: simulated"), "\(view.rollout.reason)")
            try fleet.pass(300)
            #expect(try fleet.given("PORT") == 5)
            #expect(try fleet.hub.order(.resume, nil) == id)
            try fleet.pass(60)
            view = try self.view(fleet, id)
            #expect(view.rollout.status == .halted && view.rollout.given == 10)
            #expect(view.rollout.reason.hasPrefix("5 failed"), "those that were forgiven count no more")
            #expect(try fleet.hub.order(.abort, id) == id)
            #expect(try fleet.given("PORT") == 0)
            try fleet.pass(60)
            view = try self.view(fleet, id)
            #expect(view.rollout.status == .aborted)
            let none = #expect(throws: HubError.self) { try fleet.hub.order(.pause, nil) }
            #expect(none == .rollout(.notOpen(nil)))
        }
    }

    /// What becomes of the only host, in words; nil: it waits still.
    @Test(
        arguments: [
            (.failing, "failed: simulated"), (.degraded, "degraded: simulated"),
            (.hanging, "running, and not in sync within 2 h"), (.lying, "behind, and not in sync within 2 h"),
            (.vanishing, "silent since "), (.patient, nil),
        ] as [(SimulatedFleet.Kind, String?)])
    func `a host that fails, hangs, lies or vanishes has failed, and one that waits for its own window has not`(
        kind: SimulatedFleet.Kind, words: String?
    ) async throws {
        try await withFleet(.folder, 1, [0: kind]) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, waves: "100%").id
            try fleet.pass(300)
            let outcome = try #require(try view(fleet, id).hosts.first?.outcome)
            guard let words else {
                #expect(outcome == .pending("behind"))
                return
            }
            #expect(outcome.word == "failed" && outcome.reason.hasPrefix(words), "\(outcome)")
            #expect(try view(fleet, id).rollout.status == .halted)
        }
    }

    @Test func `a host that was well may run again at any time, and one that runs on and on may not`() async throws {
        try await withFleet(.folder, 1) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, waves: "100%", soak: "300d").id
            try fleet.pass(300)
            let host = try #require(try view(fleet, id).hosts.first)
            #expect(host.outcome == .healthy && host.host.wasWell)
            try fleet.run("h0", host.host.newDigest, old: host.host.newDigest)
            #expect(try view(fleet, id).hosts.first?.outcome == .pending("running"))
            try fleet.tell("h0", "drifted", host.host.newDigest)
            #expect(try view(fleet, id).hosts.first?.outcome == .pending("drifted"))
        }
    }

    @Test func `what a host said before it was given it does not count against it`() async throws {
        try await withFleet(.folder, 1, [0: .failing]) { fleet, new in
            let first = try LiveHub.start(fleet.hub, new, waves: "100%").id
            try fleet.pass(20)
            #expect(try view(fleet, first).rollout.status == .halted)
            _ = try fleet.hub.order(.abort, first)
            let second = try LiveHub.start(fleet.hub, new, waves: "100%").id
            let mover = RolloutMover(store: fleet.hub.store, every: .seconds(1)) { _ in }
            for _ in 0..<3 { try mover.move(at: Timestamp(milliseconds: fleet.now.milliseconds + 1)) }
            #expect(try view(fleet, second).hosts.first?.outcome == .pending("failed"))
            #expect(try view(fleet, second).rollout.status == .running)
        }
    }

    @Test func `a command that has watched nothing resumes one that silent hosts halted`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        var fleet = try SimulatedFleet(Hub(data: "\(folder)/data"), 3, [0: .vanishing, 1: .vanishing, 2: .vanishing])
        try Files.replace(
            "\(folder)/new.json", with: Array(SimulatedFleet.config(of: "any", Self.new).utf8), mode: 0o644)
        let id = try LiveHub.start(fleet.hub, .config(path: "\(folder)/new.json"), waves: "1,100%", soak: "0s").id
        try fleet.pass(300)
        #expect(try view(fleet, id).rollout.status == .halted)
        // Its store is opened after the last word of any host, as a command's is.
        let other = try Hub(data: "\(folder)/data")
        #expect(try other.order(.resume, id, at: fleet.now) == id)
        try fleet.pass(10)
        #expect(try view(fleet, id).rollout.status == .running)
        #expect(try fleet.given("PORT") == 3)
    }

    @Test func `nobody's silence counts while nobody looked, and no wave soaks meanwhile`() async throws {
        try await withFleet(.folder, 2) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, waves: "1,2", soak: "30m").id
            try fleet.pass(20)
            let before = try view(fleet, id).rollout.wellSince
            #expect(before != nil)
            let later = Timestamp(milliseconds: fleet.now.milliseconds + 86_400_000)
            let seen = try #require(try fleet.hub.store.view(of: id, at: later, watched: later))
            #expect(seen.hosts.allSatisfy { $0.outcome == .healthy || $0.outcome == .waiting })
            #expect(seen.waitsFor.hasPrefix("soaks until "))
            let unwatched = try #require(try fleet.hub.store.view(of: id, at: later))
            #expect(unwatched.hosts.contains { $0.outcome.reason.hasPrefix("silent since ") })
        }
    }

    @Test func `a host that looks less often than it may take is refused, and one that is ill already is told`()
        async throws
    {
        try await withFleet(.folder, 2) { fleet, new in
            let error = #expect(throws: HubError.self) { try LiveHub.start(fleet.hub, new, within: "20m") }
            #expect(error == .rollout(.tooSlow(host: "h0", every: "20 min", within: "20 min")))
            let digest = try #require(try fleet.hub.store.hosts().first?.config?.digest)
            try fleet.tell("h0", "failed", digest)
            let started = try LiveHub.start(fleet.hub, new, soak: "10m")
            #expect(started.warnings.count == 2, "\(started.warnings)")
            #expect(started.warnings[0].contains("2 hosts look at themselves less often than --soak"))
            #expect(started.warnings[1].hasSuffix("do not mend: h0"))
        }
    }

    @Test func `a paused one gives nothing, and one with a window gives while that is open`() async throws {
        try await withFleet(.folder, 4) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, waves: "1,100%", soak: "0s", window: "mon 10:00-11:00").id
            let mover = RolloutMover(store: fleet.hub.store, every: .seconds(1)) { _ in }
            let (early, open) = (LocalTime(day: 0, minute: 599), LocalTime(day: 0, minute: 600))
            try mover.move(at: fleet.now, early)
            #expect(try fleet.given("PORT") == 0)
            #expect(
                try fleet.hub.store.view(of: id, at: fleet.now, early)?.waitsFor
                    == "wave 1 waits for its window: mon 10:00")
            #expect(try fleet.hub.order(.pause, nil) == id)
            try mover.move(at: fleet.now, open)
            #expect(try fleet.given("PORT") == 0)
            #expect(try fleet.hub.order(.resume, id) == id)
            try mover.move(at: fleet.now, open)
            #expect(try fleet.given("PORT") == 1)
        }
    }

    @Test func `a host that somebody gives another config, and one that is removed, are no longer the roll-out's`()
        async throws
    {
        try await withFleet(.folder, 4) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new, waves: "50%,100%", soak: "0s").id
            let order = try view(fleet, id).hosts.map(\.host.name)
            let own = Array(SimulatedFleet.config(of: order[3], #", "parallel": false"#).utf8)
            #expect(try fleet.hub.store.setConfig(own, of: HostID(order[3])))
            try fleet.pass(10)
            try fleet.hub.removeHost(HostID(order[0]))
            try fleet.pass(30)
            let view = try view(fleet, id)
            #expect(view.rollout.status == .done)
            #expect(
                view.hosts.map(\.outcome) == [
                    .left("the host is gone"), .healthy, .healthy, .left("it was given another config since"),
                ])
            #expect(try fleet.hub.store.record(of: HostID(order[3]))?.config == own)
        }
    }

    @Test(arguments: TestDatabase.available)
    func `of several hubs that look at the same time one makes each move`(database: TestDatabase) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-")
        defer { try? Folders.removeTree(folder) }
        let shared = try await database.make()
        let hubs = try (0..<3).map {
            try Hub(data: shared == nil ? "\(folder)/data" : "\(folder)/\($0)", database: shared)
        }
        let fleet = try SimulatedFleet(hubs[0], 6)
        try Files.replace(
            "\(folder)/new.json", with: Array(SimulatedFleet.config(of: "any", Self.new).utf8), mode: 0o644)
        let id = try LiveHub.start(hubs[0], .config(path: "\(folder)/new.json"), waves: "1,2,3,4,5,6").id
        await withTaskGroup(of: Void.self) { group in
            for hub in hubs {
                group.addTask {
                    await onOwnThread { () throws(Never) in
                        let mover = RolloutMover(store: hub.store, every: .seconds(1)) { _ in }
                        for _ in 0..<20 { try? mover.move() }
                    }
                }
            }
        }
        #expect(try view(fleet, id).rollout.wavesBegun == 1)
        #expect(try fleet.given("PORT") == 1)
        let begun = try hubs[0].audit(last: 100).filter { $0.fields[2] == "wave_begun" }
        #expect(begun.map { $0.fields[3] } == ["rollout \(id)"])
    }

    @Test func `a host is in one roll-out at a time`() async throws {
        try await withFleet(.folder, 3) { fleet, new in
            let id = try LiveHub.start(fleet.hub, new).id
            let error = #expect(throws: HubError.self) { try LiveHub.start(fleet.hub, new, group: "all") }
            guard case .rollout(.busy(_, id)) = error else { throw try #require(error) }
            #expect(try fleet.hub.store.rollouts().count == 1)
            _ = try fleet.hub.order(.abort, id)
            #expect(try LiveHub.start(fleet.hub, new, group: "all").id > id)
        }
    }

    /// More of them by `HOST_BOOTSTRAP_FLEET=2000`.
    @Test(.timeLimit(.minutes(30)))
    func `in a large fleet the few that fail, hang, lie or vanish stop it or not, as the bound says`() async throws {
        let count = ProcessStart.environment("HOST_BOOTSTRAP_FLEET").flatMap { Int($0) } ?? 200
        let kinds: [SimulatedFleet.Kind] = [.failing, .hanging, .lying, .vanishing, .degraded]
        let bad = stride(from: 7, to: count, by: 40).map { ($0, kinds[$0 / 40 % kinds.count]) }
        try await withFleet(.folder, count, Dictionary(uniqueKeysWithValues: bad)) { fleet, new in
            let clock = ContinuousClock()
            var halted: (id: Int64, given: Int)?
            let beginning = try clock.measure {
                halted = (try LiveHub.start(fleet.hub, new, waves: "1%,10%,50%,100%", mostFailed: "1%").id, 0)
            }
            let first = try #require(halted?.id)
            while try view(fleet, first).rollout.status == .running { try fleet.pass(10) }
            var view = try view(fleet, first)
            #expect(view.rollout.status == .halted && view.rollout.given <= count / 2)
            #expect(try fleet.given("PORT") == view.rollout.given)
            #expect(view.waves.last?.counts.map(\.kind.rawValue) == ["waiting"])
            _ = try fleet.hub.order(.abort, first)
            #expect(try fleet.given("PORT") == 0)
            let second = try LiveHub.start(fleet.hub, new, waves: "1%,10%,50%,100%", mostFailed: "5%").id
            let begin = fleet.now
            while try self.view(fleet, second).rollout.status == .running { try fleet.pass(10) }
            view = try self.view(fleet, second)
            #expect(
                view.rollout.status == .done && view.hosts.filter { $0.outcome.word == "failed" }.count == bad.count)
            #expect(view.hosts.filter { $0.outcome == .healthy }.count == count - bad.count)
            let look = try clock.measure { _ = try self.view(fleet, second) }
            print(
                "\(count) hosts, \(bad.count) of them bad: begun in \(beginning), one look \(look), done after "
                    + "\((fleet.now.milliseconds - begin.milliseconds) / 60_000) simulated minutes")
        }
    }

    // MARK: Words

    @Test(
        arguments: [
            ("1,10%,50%,100%", 50, [1, 5, 25, 50]), ("1,10%,50%,100%", 1, [1]), ("1,10%,50%,100%", 3, [1, 2, 3]),
            ("100%", 7, [7]), ("5,10", 7, [5, 7]), ("5", 7, nil), ("50%", 7, nil), ("0,100%", 2, [2]),
        ] as [(String, Int, [Int]?)])
    func `waves grow up to the whole group`(text: String, hosts: Int, sizes: [Int]?) throws {
        #expect(try RolloutWaves(text).sizes(of: hosts) == sizes)
    }

    @Test(arguments: ["", "a", "1,", "101%", "-1", "1;2", "%", "１"])
    func `what are no waves is refused`(text: String) {
        #expect(throws: HubError.rollout(.badWaves(text))) { try RolloutWaves(text) }
    }

    @Test(
        arguments: [
            ("90s", 90, "90 s"), ("10m", 600, "10 min"), ("2h", 7200, "2 h"), ("36h", 129_600, "36 h"),
            ("0s", 0, "0 s"), ("", nil, ""), ("10", nil, ""), ("m", nil, ""), ("-1m", nil, ""), ("400d", nil, ""),
            ("99999999999999999999s", nil, ""),
        ] as [(String, Int64?, String)])
    func `lengths of time are read with their unit`(text: String, seconds: Int64?, words: String) {
        let span = try? TimeSpan(text)
        #expect(span?.milliseconds == seconds.map { $0 * 1000 })
        if let span { #expect(span.inWords == words) }
    }

    @Test(arguments: [
        ("web", true), ("web,zone=a", true), ("zone", true), ("zone=b", false), ("db", false), ("web,db", false),
        ("all", true),
    ])
    func `a group has the hosts with all of its labels`(group: String, isIn: Bool) throws {
        var labels = HostLabels(stored: "")
        labels.apply(try ["zone=b", "web", "old", "zone=a", "old-"].map { try LabelChange($0) })
        #expect(labels.text == "web,zone=a" && HostLabels(stored: labels.text) == labels)
        #expect(try HostGroup(group).contains(labels) == isIn)
    }

    @Test(arguments: ["", "=", "a=", "=b", "a b", "-", "all", "a,b", "a=b=c", "ä", String(repeating: "x", count: 64)])
    func `what is no label is refused`(text: String) {
        #expect(throws: HubError.rollout(.badLabel(text))) { try LabelChange(text) }
    }

    @Test(arguments: ["", "a,", "a b", "a=", ",", "a;b"])
    func `what is no group is refused`(text: String) {
        #expect(throws: HubError.rollout(.badGroup(text))) { try HostGroup(text) }
    }
}
