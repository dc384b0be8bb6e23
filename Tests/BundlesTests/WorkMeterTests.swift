import Archives
import Platform
import Synchronization
import Testing

@testable import Bundles

@Suite struct WorkMeterTests {
    /// What was told.
    private final class Told: Sendable {
        let notes = Mutex<[ProgressNote]>([])
        var all: [ProgressNote] { notes.withLock { $0 } }
        func take(_ note: ProgressNote) { notes.withLock { $0.append(note) } }

        /// Each work in its order, with how far it came, of how much.
        var ends: [String] {
            var ends: [(work: String, line: String)] = []
            for case .through(let bytes, let whole, let work) in all {
                if ends.last?.work == work { ends.removeLast() }
                ends.append((work, "\(work) \(bytes) of \(whole)"))
            }
            return ends.map(\.line)
        }
    }

    @Test func `many small files are told of together, and the end is always told`() {
        let told = Told()
        let meter = WorkMeter("hashing", of: 1_000_000) { told.take($0) }
        for _ in 0..<1000 { meter.add(1000) }
        #expect(told.all.count == 4 && told.all.last == .through(1_000_000, of: 1_000_000, "hashing"))
        meter.add(1)
        #expect(told.all.count == 4)
    }

    @Test func `threads that tell at once never tell of less than before`() async {
        let told = Told()
        let meter = WorkMeter("unpacking", of: 64 << 20) { told.take($0) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<4096 { meter.add(4096) } } }
        }
        let bytes = told.all.compactMap { if case .through(let bytes, _, _) = $0 { bytes } else { nil } }
        #expect(bytes == bytes.sorted() && bytes.last == 64 << 20)
    }

    @Test func `packing goes through the folder twice, and checking once through what there is`() async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/work-meter-tests-")
        defer { try? Folders.removeTree(top) }
        for version in ["1", "2"] {
            try Folders.make("\(top)/\(version)/deep")
            try Files.replace("\(top)/\(version)/deep/a", with: [UInt8](repeating: 7, count: 1_000_000), mode: 0o644)
            try Files.replace("\(top)/\(version)/b", with: Array(version.utf8), mode: 0o644)
        }
        // It says what the bundle is called, and is no part of it.
        try Files.replace(
            "\(top)/1/manifest.json", with: Array(#"{"name": "tool", "version": "1", "arch": "any"}"#.utf8), mode: 0o644
        )
        let packing = Told()
        let old = try BundlePacker("\(top)/1", .init(), sourceDate: nil).run(to: "\(top)/1.tar.zst") {
            packing.take($0)
        }
        #expect(packing.ends == ["hashing 1000001 of 1000001", "compressing 1000001 of 1000001"])

        let checking = Told()
        _ = try BundleVerification.of(old.path, scratch: top, limits: .init()) { checking.take($0) }
        #expect(checking.ends == ["unpacking \(old.size) of \(old.size)"])

        var identity = BundlePacker.Identity()
        (identity.name, identity.version) = ("tool", "2")
        let new = try BundlePacker("\(top)/2", identity, sourceDate: nil).run(to: "\(top)/2.tar.zst")
        let unpacked = try await Subprocess.run(
            Command("/bin/bash", ["-euc", "mkdir t; zstd -qdc 2.tar.zst | tar -xC t"], workingDirectory: top))
        try #require(unpacked.succeeded, "\(unpacked.errors)")
        let size = 1_000_001 + (try FileStatus.of("\(top)/t/manifest.json")?.size ?? 0)
        let tree = Told()
        _ = try BundleVerification.of("\(top)/t", scratch: top, limits: .init()) { tree.take($0) }
        #expect(tree.ends == ["hashing \(size) of \(size)"])

        let delta = Told()
        _ = try BundleDelta(from: old.path, to: new.path, scratch: top).write(to: "\(top)/d") { delta.take($0) }
        #expect(delta.ends.count == 4 && delta.ends[2].hasPrefix("hashing ") && delta.ends[3].hasPrefix("compressing "))
        #expect(
            delta.ends.prefix(2) == [
                "reading OLD \(old.size) of \(old.size)", "reading NEW \(new.size) of \(new.size)",
            ])
    }
}
