import Digests
import Engine
import Platform
import Testing

@testable import Steps

@Suite struct OrphansTests {
    private static func receipt(_ entries: [String: (needs: [StepID], owned: [OwnedThing]?, facts: [String: String])])
        -> Receipt
    {
        var receipt = Receipt(
            run: RunIdentity(hostID: "h"), configDigest: "", agentVersion: "1", parallel: true)
        for (name, entry) in entries {
            receipt.steps[name] = Receipt.Entry(
                runID: "r", status: .changed, needs: entry.needs, startedAt: .now(), differences: [], facts: entry.facts
            )
            receipt.steps[name]?.owned = entry.owned
        }
        return receipt
    }

    @Test func `what is owned goes in the reverse order of need, the last made first`() {
        let receipt = Self.receipt([
            "layout": ([], [OwnedThing(.folder, "/r"), OwnedThing(.file, "/r/README")], [:]),
            "bundle-a": (["layout"], [OwnedThing(.bundle, "/r/bundles/a")], [:]),
            "unit-files": (["bundle-a"], [OwnedThing(.unit, "a.service", content: "00")], [:]),
        ])
        #expect(
            Orphans(all: receipt).things.map(\.name) == ["a.service", "/r/bundles/a", "/r/README", "/r"])
        #expect(Orphans(all: receipt).early.map(\.name) == ["a.service"])
        #expect(Orphans(nil, notWantedBy: []).things == [])
    }

    @Test func `a source of packages goes before the next is made, for it may be the same place with another key`() {
        let source = "/etc/apt/sources.list.d/own.sources"
        let receipt = Self.receipt([
            "apt-sources": ([], [OwnedThing(.file, source)], [:]), "host-files": ([], [OwnedThing(.file, "/f")], [:]),
        ])
        let orphans = Orphans(all: receipt)
        #expect(orphans.early.map(\.name) == [source] && orphans.late.map(\.name) == ["/f"])
    }

    @Test func `what a unit runs with, and what one of a package's was, goes before others are started`() {
        let dropIn = "/etc/systemd/system/cron.service.d/x.conf", boot = "unit cron.service boot"
        let receipt = Self.receipt([
            "unit-files": ([], [OwnedThing(.unit, "a.service"), OwnedThing(.file, dropIn)], [:]),
            "service-cron": (["unit-files"], [OwnedThing(.setting, boot), OwnedThing(.setting, "vm.swappiness")], [:]),
        ])
        // Disabled and stopped while it is as it was, and without its drop-in before its own file goes.
        #expect(Orphans(all: receipt).early.map(\.name) == [boot, dropIn, "a.service"])
        #expect(Orphans(all: receipt).late.map(\.name) == ["vm.swappiness"])
    }

    @Test func `a package that was taken away is told of at uninstallation, and by no run`() throws {
        var there = OwnedThing(.absence, "no-such-package"), ours = there, back = OwnedThing(.absence, "dpkg")
        (there.before, back.before) = ("1.6-2", "1")
        let receipt = Self.receipt(["apt-absent": ([], [there], [:])])
        #expect(Orphans(all: receipt).things == [there] && Orphans(all: receipt).late == [])
        #expect(
            try OwnedState.of(there) == .kept("was removed (1.6-2 was there), and does not come back by itself"))
        ours.content = "went along"
        #expect(try OwnedState.of(ours) == .gone && OwnedState.of(back) == .gone)
        #expect(try OwnedState.isGone(back) && !OwnedState.isGone(there))
    }

    @Test func `what a step of the config stands for stays`() {
        struct Holder: Step {
            let id: StepID = "x", phase = Phase.files, needs: Set<StepID> = []
            func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] { [] }
            func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {}
            func wants(_ thing: OwnedThing) -> Bool { thing.name == "/a" }
        }
        let receipt = Self.receipt(["old": ([], [OwnedThing(.file, "/a"), OwnedThing(.file, "/b")], [:])])
        #expect(Orphans(receipt, notWantedBy: [Holder()]).things.map(\.name) == ["/b"])
    }

    @Test func `units of a receipt from before ownership are known by their steps, and their files by nobody`() {
        let receipt = Self.receipt([
            "service-a": ([], nil, ["fingerprint": "00"]), "unit-files": ([], nil, ["masked": "b.timer c.service"]),
            "layout": ([], nil, [:]),
        ])
        #expect(
            Set(Orphans(all: receipt).things) == [
                OwnedThing(.unit, "a.service"), OwnedThing(.mask, "b.timer"), OwnedThing(.mask, "c.service"),
            ])
    }

    @Test func `a thing is ours as long as it is as it was made`() throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/owned-state-")
        defer { try? Folders.removeTree(top) }
        let file = OwnedThing(.file, "\(top)/f", content: Digest.of([1]).hex)
        #expect(try OwnedState.of(file) == .gone)
        try Files.replace(file.name, with: [1], mode: 0o600)
        #expect(try OwnedState.of(file) == .ours("a file"))
        try Files.replace(file.name, with: [2], mode: 0o600)
        #expect(try OwnedState.of(file) == .changed("was changed since"))
        var foreign = file
        foreign.before = "a file with other content"
        #expect(
            try OwnedState.of(foreign)
                == .kept("was there before this host was provisioned (a file with other content)"))
        let link = OwnedThing(.link, "\(top)/l", content: "target")
        try Files.replaceLink(link.name, target: "target")
        #expect(try OwnedState.of(link) == .ours("a link"))
        try Files.replaceLink(link.name, target: "elsewhere")
        #expect(try OwnedState.of(link) == .changed("leads elsewhere since"))
    }

    @Test func `what is gone and left the config is forgotten`() throws {
        var receipt = Self.receipt([
            "old": ([], [OwnedThing(.file, "/nowhere/a")], [:]), "kept": ([], [OwnedThing(.folder, "/tmp")], [:]),
        ])
        receipt.prune(keeping: try Graph([]))
        #expect(receipt.steps.keys.sorted() == ["kept"])
    }
}
