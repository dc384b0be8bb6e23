import Engine
import HostConfig
import Platform
import Testing

@testable import Steps

@Suite struct OtherRootsTests {
    /// A home in which a root was provisioned, with a receipt in its folder, and a second root.
    private struct Place {
        let home: String
        var old: HostLayout { HostLayout(root: "\(home)/old", bootstrap: "\(home)/old/bootstrap") }
        var new: HostLayout { HostLayout(root: "\(home)/new", bootstrap: "\(home)/new/bootstrap") }

        init(owned: [OwnedThing]) async throws {
            home = try Folders.makeTemporary(prefix: "/tmp/other-roots-")
            try Folders.make(old.bootstrap)
            var receipt = Receipt(
                run: RunIdentity(hostID: "h"), configDigest: "", agentVersion: "1", parallel: true)
            receipt.steps["x"] = Receipt.Entry(
                runID: "r", status: .changed, needs: [], startedAt: .now(), differences: [], facts: [:])
            receipt.steps["x"]?.owned = owned
            try await ReceiptStore(path: old.receipt, run: receipt, previous: receipt).record { $0.finishedAt = .now() }
            for root in [old, new] {
                let file = KnownRoot(root).file(home: home)
                try Folders.make(Files.folder(of: file.path))
                try file.write()
            }
        }
    }

    @Test func `what another root's receipt claims is that root's, but for what was there before it`() async throws {
        var foreign = OwnedThing(.file, "/etc/x/foreign.env")
        foreign.before = "a file"
        let unit = OwnedThing(.unit, "a.service", content: "00")
        let place = try await Place(owned: [unit, foreign])
        defer { try? Folders.removeTree(place.home) }
        let others = OtherRoots.look(besides: place.new, home: place.home)
        #expect(others.all.map(\.layout) == [place.old])
        #expect(others.owner(of: OwnedThing(.unit, "a.service", content: "01")) == place.old.root)
        #expect(others.owner(of: foreign) == nil && others.owner(of: OwnedThing(.mask, "a.service")) == nil)
        #expect(OtherRoots.look(besides: place.old, home: place.home).all.isEmpty)
        // What is no root's file, and a receipt that nobody can read, say nothing.
        try Files.replace("\(place.home)/.local/state/host-bootstrap/roots/a.json", with: [0x7B], mode: 0o600)
        try Files.replace(place.old.receipt, with: [0x7B], mode: 0o600)
        #expect(OtherRoots.look(besides: place.new, home: place.home).all.isEmpty)
    }

    @Test func `what this user made beneath another root counts as made, not as found`() async throws {
        let file = "/tmp/other-roots-\(UInt32.random(in: 0 ... .max)).env"
        try Files.replace(file, with: [1], mode: 0o600)
        defer { try? Files.remove(file) }
        let place = try await Place(owned: [OwnedThing(.file, file, content: "00")])
        defer { try? Folders.removeTree(place.home) }
        let wanted = OwnedThing(.file, file, content: "01")
        let (none, context) = (OtherRoots(all: []), StepContext(step: "x", after: nil))
        #expect(try await Ownership.look([wanted], context, none).first?.before == "a file with other content")
        let others = OtherRoots.look(besides: place.new, home: place.home)
        #expect(try await Ownership.look([wanted], context, others).first?.before == nil)
    }

    @Test func `records are found where the agent's folder was moved to`() async throws {
        let tree = OwnedThing(.tree, "/home/x/.nvm", content: "/somewhere/records/nvm.json")
        let place = try await Place(owned: [tree])
        defer { try? Folders.removeTree(place.home) }
        let read = try place.old.readReceipt()?.steps["x"]?.owned?.first
        #expect(read?.content == "\(place.old.bootstrap)/records/nvm.json")
    }
}
