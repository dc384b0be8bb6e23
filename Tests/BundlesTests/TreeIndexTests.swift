import Archives
import Digests
import Platform
import Testing

@testable import Bundles

@Suite struct TreeIndexTests {
    /// Folders with many files, one of them too large for one piece, beside some of every kind.
    @Test(arguments: [
        "true", "rm many/f1999", "chmod 600 many/f700", "touch few/7/f", "echo >>few/0/f", "rm -r few",
        "chmod 700 few/3", "rm l; ln -s few l", "rm l; mkdir l", "rm top; ln -s few/0/f top", "rm few/5/f",
        "mv few other; ln -s other few", "cp -p many/f3 x; mv x many/f3",
        "mv few/1 few/01; mkdir few/1; mv few/01/f few/1",
    ])
    func `it is untouched only when all of it is as it was`(change: String) async throws {
        try await with { (folder, index) in
            let check = TreeCheck(), tally = CheckTally()
            var counting = check
            counting.tally = tally
            #expect(index.isUntouched(in: folder, counting) { _ in true } && tally.trusted == 2009 && tally.read == 0)
            try await Task.sleep(for: .milliseconds(20))
            let command = Command("/bin/sh", ["-ec", change], workingDirectory: folder)
            try #require(try await Subprocess.run(command).succeeded)
            #expect(index.isUntouched(in: folder, check) { _ in true } == (change == "true"))
        }
    }

    @Test func `what nobody asks for may be as it likes, and whose it is counts when it is asked`() async throws {
        try await with { (folder, index) in
            try Files.remove("\(folder)/many/f5")
            try Folders.removeTree("\(folder)/few/2")
            #expect(!index.isUntouched(in: folder, TreeCheck()) { $0 != "many/f5" })
            let isGone = { @Sendable (path: PathBytes) in
                path == "many/f5" || path.bytes.starts(with: "few/2".utf8)
            }
            #expect(index.isUntouched(in: folder, TreeCheck()) { !isGone($0) })
            var check = TreeCheck()
            check.owner = Account.currentUser
            #expect(index.isUntouched(in: folder, check) { !isGone($0) })
            check.owner = Account.currentUser + 1
            #expect(!index.isUntouched(in: folder, check) { !isGone($0) })
            #expect(!index.isUntouched(in: "\(folder)/none", TreeCheck()) { _ in true })
        }
    }

    @Test func `bytes that make no sense are never followed, even where their checksum is right`() async throws {
        try await with { (folder, _) in
            let path = "\(Files.folder(of: folder))/index", good = try Files.read(path), mark = Self.mark
            let body = good.dropLast(32)
            var generator = SystemRandomNumberGenerator()
            for _ in 1...400 {
                var bytes = Array(body.prefix(Int.random(in: 40...body.count)))
                // Mostly numbers that are lengths.
                for _ in 1...Int.random(in: 1...4) {
                    let place = Int.random(in: 32..<min(bytes.count, Bool.random() ? 200 : bytes.count))
                    bytes[place] = Bool.random() ? .max : UInt8.random(in: 0 ... .max, using: &generator)
                }
                try Files.replace(path, with: bytes + Digest.of(bytes).bytes, mode: 0o600)
                guard let index = TreeIndex.read(path, listing: mark) else { continue }
                _ = index.isUntouched(in: folder, TreeCheck()) { _ in true }
                #expect(index.stamps.count == index.count)
            }
            try Files.replace(path, with: good, mode: 0o600)
            #expect(TreeIndex.read(path, listing: mark) != nil)
            #expect(TreeIndex.read(path, listing: .none) == nil)
            try Files.replace(path, with: body + [UInt8](repeating: 0, count: 32), mode: 0o600)
            #expect(TreeIndex.read(path, listing: mark) == nil)
        }
    }

    private static let mark = TreeStamps.Stamp(inode: 1, modified: 2, changed: 3)

    private func with(_ body: (String, TreeIndex) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/bundles-tests-")
        defer { try? Folders.removeTree(top) }
        let folder = "\(top)/tree"
        let script = """
            mkdir many few; for i in $(seq 0 1999); do echo $i >many/f$i; done
            for i in 0 1 2 3 4 5 6 7; do mkdir few/$i; echo $i >few/$i/f; done; echo t >top; ln -s many l
            """
        try Folders.make(folder)
        try #require(
            try await Subprocess.run(Command("/bin/sh", ["-ec", script], workingDirectory: folder)).succeeded)
        // In no order, as several threads tell of them.
        var paths = (0..<2000).map { "many/f\($0)" } + (0..<8).flatMap { ["few/\($0)", "few/\($0)/f"] }
        paths += ["many", "few", "top", "l"]
        paths.shuffle()
        var writer = TreeIndexWriter(), stamps: [TreeStamps.Stamp] = []
        for path in paths.map({ PathBytes($0) }) {
            let status = try #require(try FileStatus.of(PathBytes(folder).appending(path)))
            let kind: UnpackedEntry.Kind =
                switch status.kind {
                case .folder: .folder
                case .link: .link(target: "many")
                default: .file(size: status.size, digest: Digest.of([]))
                }
            stamps.append(status.kind == .file ? TreeStamps.Stamp(status) : .none)
            writer.append(UnpackedEntry(path: path, kind: kind, mode: status.mode), stamps[stamps.count - 1])
        }
        writer.write("\(top)/index", listing: Self.mark)
        let index = try #require(TreeIndex.read("\(top)/index", listing: Self.mark))
        #expect(index.count == paths.count && index.stamps == stamps)
        try await body(folder, index)
    }
}
