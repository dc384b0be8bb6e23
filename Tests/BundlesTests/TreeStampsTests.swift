import Archives
import Digests
import Platform
import Testing

@testable import Bundles

@Suite struct TreeStampsTests {
    @Test func `a bit that is flipped while size and time of change are kept is seen, and only what changed is read`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            let data = "\(shelf.root)/tool/1.0/share/data"
            try await settle(shelf)
            #expect(try look(shelf).counts == [0, 3])
            try await shell("touch -r share/data /tmp/$$; printf dbta >share/data; touch -r /tmp/$$ share/data", shelf)
            let (drifts, counts) = try look(shelf)
            #expect(drifts == ["share/data has other content"] && counts == [1, 2])
            // Put right again, it is read until somebody may write that down.
            try await shell("printf data >share/data", shelf)
            try await Task.sleep(for: .milliseconds(50))
            for _ in 1...2 { #expect(try look(shelf).counts == [1, 2]) }
            #expect(try look(shelf, remembers: true).counts == [1, 2])
            #expect(try look(shelf).counts == [0, 3])
            #expect(try FileStatus.of(data)?.kind == .file && record.version == "1.0")
        }
    }

    @Test func `what was installed just now is not read by the next look`() async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            #expect(try look(shelf).counts == [0, 3])
        }
    }

    @Test func `what an earlier version wrote of the files is believed, and written anew as it is now`() async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            try await settle(shelf)
            let path = "\(shelf.root)/tool/.records/1.0.stamps", fresh = try Files.read(path)
            let former = try formerStamps(record, in: shelf.store.folder("tool", "1.0"))
            try Files.replace(path, with: former, mode: 0o644)
            #expect(try look(shelf).counts == [0, 3])
            #expect(try Files.read(path) == former)
            #expect(try look(shelf, remembers: true).counts == [0, 3])
            #expect(try Files.read(path) == fresh)
            try await shell("touch share/data", shelf)
            #expect(try look(shelf).counts == [1, 2])
        }
    }

    /// As it was before there was an index: a magic word, the listing's stamp, and one for each entry.
    private func formerStamps(_ record: InstallRecord, in folder: String) throws -> [UInt8] {
        let listing = try #require(try FileStatus.of("\(Files.folder(of: folder))/.records/1.0.mtree"))
        var stamps = [TreeStamps.Stamp(listing)], reader = try record.listingReader()
        while let entry = try reader.next() {
            let status = try FileStatus.of(PathBytes(folder).appending(entry.path))
            stamps.append(status.flatMap { $0.kind == .file ? TreeStamps.Stamp($0) : nil } ?? .none)
        }
        let words = stamps.reduce(into: [0x31_50_4d_54_53_2d_42_48]) { words, stamp in
            words += [stamp.inode, UInt64(bitPattern: stamp.modified), UInt64(bitPattern: stamp.changed)]
        }
        let bytes = words.withUnsafeBytes { Array($0) }
        return bytes + Digest.of(bytes).bytes
    }

    @Test func `what is to be read whatever its times say is read, and a lost or damaged cache costs time only`()
        async throws
    {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            try await settle(shelf)
            #expect(try look(shelf, trusts: false).counts == [3, 0])
            let path = "\(shelf.root)/tool/.records/1.0.stamps"
            for damage in [
                "rm $F", "truncate -s 50 $F", "printf x | dd of=$F bs=1 seek=40 conv=notrunc", "rm $F; mkfifo $F",
            ] {
                try await shell("F=\(path); \(damage)", shelf)
                #expect(try look(shelf).drifts.isEmpty && look(shelf).counts == [3, 0], "\(damage)")
                #expect(try look(shelf, remembers: true).counts == [3, 0])
                #expect(try look(shelf).counts == [0, 3])
            }
        }
    }

    @Test(arguments: [
        ("chmod 600 ../.records/1.0.json", "its install record 1.0.json has another mode"),
        ("rm ../.records/1.0.mtree; mkfifo ../.records/1.0.mtree", "its install record 1.0.mtree is a other"),
        ("sed -i 's/share/shard/' ../.records/1.0.mtree", "the listing of what was installed is damaged"),
        ("chmod 700 .", "its folder has another mode"), ("mv ../1.0 ../x; ln -s x ../1.0", "it is a link"),
    ])
    func `damage to the record, the listing and the folder itself is seen`(damage: String, words: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            try await settle(shelf)
            try await shell(damage, shelf)
            #expect(try look(shelf).drifts == [words])
        }
    }

    @Test(arguments: ["sed -i s/required/sidecar/", "truncate -s 30", "sed -i s/file_checksum/file_checksun/"])
    func `a record whose text has changed is none, and one of an older version is one`(damage: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            let path = "\(shelf.root)/tool/.records/1.0.json"
            let text = try #require(try Files.text(path))
            try await shell("\(damage) \(path)", shelf)
            #expect(shelf.store.record("tool", "1.0") == nil)
            let older = text.replacing(/"(file_checksum|listing_sha256)":"[0-9a-f]*",/, with: "")
                .replacing("\"schema_version\":3", with: "\"schema_version\":2")
            try Files.replace(path, with: Array(older.utf8), mode: 0o644)
            #expect(try shelf.drift() == nil)
        }
    }

    /// Goes on until no file is so new that a change of it could have the same time.
    private func settle(_ shelf: Shelf) async throws {
        try await Task.sleep(for: .milliseconds(60))
        _ = try look(shelf, remembers: true)
    }

    private func look(
        _ shelf: Shelf, trusts: Bool = true, remembers: Bool = false
    ) throws -> (drifts: [String], counts: [Int]) {
        var check = TreeCheck()
        (check.trustsTimes, check.remembers, check.ownsFolder) = (trusts, remembers, true)
        check.owner = Account.currentUser
        let tally = CheckTally()
        check.tally = tally
        let record = try #require(shelf.store.record("tool", "1.0"))
        let drifts = try record.drifts(in: shelf.store.folder("tool", "1.0"), check)
        return (drifts, [tally.read, tally.trusted])
    }

    private func shell(_ line: String, _ shelf: Shelf) async throws {
        let command = Command("/bin/sh", ["-ec", line], workingDirectory: shelf.store.folder("tool", "1.0"))
        let result = try await Subprocess.run(command)
        try #require(result.succeeded, "\(result.errors)")
    }
}
