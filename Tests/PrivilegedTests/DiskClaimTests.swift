@testable import Platform
@testable import Privileged
import Testing

@Suite struct DiskClaimTests {
    private func claim(_ candidates: [String], uuid: String? = nil) -> DiskClaim {
        DiskClaim(
            candidates: candidates, fileSystem: .ext4, formatsBlank: true, uuid: uuid, mountPoint: "/mnt/nowhere")
    }

    @Test(arguments: [
        [], ["/etc/hostname"], ["sdb"], ["/dev/null", "/home/x"], Array(repeating: "/dev/null", count: 65),
    ])
    func `only what lies beneath dev is looked at at all`(candidates: [String]) async {
        let error = await #expect(throws: PrivilegedError.self) { try await claim(candidates).prepare { _ in } }
        #expect(error?.explanation.problem.contains("by its path beneath /dev") == true)
    }

    @Test(arguments: ["/dev/null", "/dev/zero", "/dev/nowhere", "/dev/shm", "/dev/../etc/hostname"])
    func `what is no disk is not there`(path: String) async {
        let error = await #expect(throws: PrivilegedError.self) { try await claim([path]).prepare { _ in } }
        let words = DiskRefusal.none(["\(path) is not there"], at: "disks")
        #expect(error == .refused(what: words.problem, place: "disks", hint: words.hint))
    }

    @Test func `the disk that the system runs from is refused, by whatever name and whatever it had before`()
        async throws
    {
        let number = try #require(try Mount.at("/")?.blockDevice())
        let root = try #require(try BlockDevice.numbered(number))
        let link = "/dev/shm/disk-claim-tests"
        try? Files.remove(link)
        try Files.replaceLink(link, target: root.path)
        defer { try? Files.remove(link) }
        for claim in [
            claim([root.path]), claim([link]), claim([root.path], uuid: "0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b81"),
        ] {
            let error = await #expect(throws: PrivilegedError.self) { try await claim.prepare { _ in } }
            #expect(error?.explanation.problem.contains("is the disk that the system runs from") == true)
        }
    }

    @Test func `behind the closed door whole disks are root's`() {
        let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")
        let boundary = Boundary(caller: caller, known: KnownUnits(policy: HelperPolicy(), folder: "/nowhere"))
        let settling = PrivilegedRequest.settleDisk(
            mountPoint: "/mnt/x", fileSystem: .ext4, uuid: "0b5d6c2e-98a1-4c58-9c3e-3f0d5f6a7b81", owner: "ops")
        // A btrfs that root has mounted, too: "/" stands for it.
        let filling = PrivilegedRequest.createSubvolumes(mountPoint: "/", names: ["x"], owner: "ops")
        for request in [.prepareDisk(claim(["/dev/sdb"])), settling, filling, .enableQuotas(mountPoint: "/")] {
            #expect(throws: PrivilegedError.self) { try boundary.check(request) }
        }
    }
}
