import Archives
import Digests
import Glibc
import Platform
import Testing
import Transfer

@testable import Bundles

/// Small disks of their own, in memory.
@Suite(
    .enabled(if: geteuid() == 0, "needs root to mount a small disk"),
    .enabled(if: Files.isAccessible(FakeMirror.python, X_OK), "needs python3 to serve"))
struct DiskRoomTests {
    @Test(arguments: [("downloads", 3), ("store", 3), ("", 5)])
    func `an archive for which there is no room is refused before it is fetched`(disk: String, mebibytes: Int)
        async throws
    {
        try await with(disk, mebibytes) { mirror, shelf, digest async throws in
            let error = await #expect(throws: BundleError.self) { try await install(mirror, shelf, digest) }
            guard case .transfer(.noRoom(_, let needed, let free))? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(needed >= 3 << 20 && free < needed)
            #expect(error?.isIntegrity == false)
            #expect(try Folders.names(in: "\(shelf.root)/tool") == [])
        }
    }

    @Test func `where there is room it is installed`() async throws {
        try await with("", 16) { mirror, shelf, digest async throws in
            #expect(try await install(mirror, shelf, digest).version == "1.0")
        }
    }

    @Test func `what the version before takes is expected of the next one`() async throws {
        let room = DiskSpace(downloads: "/dev/shm", destination: "/dev/shm/x", before: 1 << 60)
        guard case .noRoom(_, let needed, _)? = try room.refusal(whole: 5, toCome: 3) else {
            Issue.record("it was not refused")
            return
        }
        #expect(needed == (1 << 60) + 3)
        #expect(try DiskSpace(downloads: "/dev/shm", destination: "/", before: 0).refusal(whole: 1, toCome: 1) == nil)
    }

    private func install(_ mirror: FakeMirror, _ shelf: Shelf, _ digest: Digest) async throws -> InstallRecord {
        let source = ArchiveSource(try mirror.url("well"), .digest(digest))
        return try await shelf.install(
            WantedBundle(
                name: "tool", source: source, version: nil, architecture: "x86_64", expectedFiles: [], limits: .init()))
    }

    /// An archive of 4 MiB that does not compress; a disk of so many MiB at a folder of the shelf, or at both.
    private func with(
        _ disk: String, _ mebibytes: Int, _ body: (FakeMirror, Shelf, Digest) async throws -> Void
    ) async throws {
        try await FakeMirror.with { mirror, shelf async throws in
            var generator = SystemRandomNumberGenerator()
            let noise = (0..<400_000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36) }
            let items = Shelf.items + [Shelf.Item(path: "share/noise", content: noise.joined())]
            let digest = try await shelf.publish("tool.tar.gz", items, manifest: Shelf.manifest(items))
            for folder in ["store", "downloads"] { try Folders.make("\(shelf.top)/\(folder)") }
            let place = disk.isEmpty ? "\(shelf.top)/both" : "\(shelf.top)/\(disk)"
            try Folders.make(place)
            try await shell("mount -t tmpfs -o size=\(mebibytes)m none \(place)")
            if disk.isEmpty {
                for folder in ["store", "downloads"] {
                    try await shell("mkdir \(place)/\(folder); mount --bind \(place)/\(folder) \(shelf.top)/\(folder)")
                }
            }
            let result: Result<Void, any Error>
            do { result = .success(try await body(mirror, shelf, digest)) } catch { result = .failure(error) }
            let mounts = (disk.isEmpty ? ["\(shelf.top)/store", "\(shelf.top)/downloads"] : []) + [place]
            for mount in mounts { try await unmount(mount) }
            try result.get()
        }
    }

    /// A program that another test starts holds all that is open here until it executes: the disk is busy so long.
    private func unmount(_ place: String) async throws {
        try await shell(
            "for i in 1 2 3 4 5 6 7 8 9; do umount \(place) && exit; sleep 1; done; exit 1")
    }

    private func shell(_ line: String) async throws {
        let result = try await Subprocess.run(Command("/bin/sh", ["-euc", line]))
        try #require(result.succeeded, "\(result.errors)")
    }
}
