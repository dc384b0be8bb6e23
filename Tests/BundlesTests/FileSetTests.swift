import Digests
import Glibc
import Platform
import Testing
import Transfer

@testable import Bundles

@Suite struct FileSetTests {
    @Test func `the newest whole backup comes back, all of its files or none`() async throws {
        try await with { set in
            try write(set, "a_backup_1.bin", "old a", age: 300)
            try write(set, "b_backup_1.idx", "old b", age: 300)
            try write(set, "a_backup_2.bin", "a", age: 200)
            try write(set, "b_backup_2.idx", "b", age: 200)
            // Newer, and not whole: a file is missing, or empty.
            try write(set, "a_backup_3.bin", "x", age: 10)
            try write(set, "a_backup_4.bin", "x", age: 5)
            try write(set, "b_backup_4.idx", "", age: 5)
            #expect(try set.restoreNewestBackup { _ in } == "2")
            #expect(try text(set) == ["a", "b"])
            #expect(try Files.text("\(set.folder)/a_backup_2.bin") == "a")
            #expect(try Folders.names(in: set.folder).filter { $0.hasPrefix(".") } == [])
        }
    }

    @Test func `of two backups from one moment the greater tag counts`() async throws {
        try await with { set in
            for tag in ["1", "3", "2"] {
                for name in set.names { try write(set, FileSet.backup(of: name, tag: tag), tag, age: 100) }
            }
            #expect(try set.restoreNewestBackup { _ in } == "3")
        }
    }

    @Test func `without a whole backup nothing comes`() async throws {
        try await with { set in
            try write(set, "a_backup_1.bin", "a", age: 1)
            try write(set, "b_backup_2.idx", "b", age: 1)
            try Folders.make("\(set.folder)/a_backup_3.bin")
            #expect(try set.restoreNewestBackup { _ in } == nil)
            #expect(try set.missing() == set.names)
        }
    }

    @Test func `a set that a killed run had whole is moved in by the next, over nothing that is there`() async throws {
        try await with { set in
            for name in set.names { try write(set, ".host-bootstrap-ready/\(name)", "new", age: 0) }
            #expect(try set.isHalfMoved())
            try Files.rename("\(set.folder)/.host-bootstrap-ready/a.bin", to: "\(set.folder)/a.bin")
            try set.finish()
            #expect(try text(set) == ["new", "new"])
            #expect(try !set.isHalfMoved())
            try write(set, ".host-bootstrap-ready/a.bin", "other", age: 0)
            #expect(try set.conflicts() == ["a.bin"])
            #expect(throws: SystemCallError.self) { try set.finish() }
            #expect(try text(set) == ["new", "new"])
        }
    }

    @Test func `what a power cut left under both of its names is moved in, and in nobody's way`() async throws {
        try await with { set in
            for name in set.names { try write(set, ".host-bootstrap-ready/\(name)", "new", age: 0) }
            try #require(link("\(set.folder)/.host-bootstrap-ready/a.bin", "\(set.folder)/a.bin") == 0)
            #expect(try set.conflicts() == [])
            try set.finish()
            #expect(try text(set) == ["new", "new"])
            #expect(try !set.isHalfMoved())
        }
    }

    @Test(arguments: [
        ("a.bin", "a_backup_x.bin", "x"), ("a.bin", "a_backup_2026-01-02T03.bin", "2026-01-02T03"),
        ("a", "a_backup_1", "1"),
        ("a.tar.gz", "a.tar_backup_1.gz", "1"), ("a.bin", "a_backup_.bin", nil), ("a.bin", "b_backup_1.bin", nil),
        ("a.bin", "a_backup_1.idx", nil), ("a.bin", "a.bin", nil), (".env", ".env_backup_1", "1"),
    ])
    func `a backup's tag stands before the ending`(name: String, entry: String, tag: String?) {
        #expect(FileSet.tag(of: entry, for: name) == tag)
        if let tag { #expect(FileSet.backup(of: name, tag: tag) == entry) }
    }

    @Test(arguments: ["tar.gz", "tgz", "zip", "tar.zst"])
    func `files are found in an archive at any depth, by name`(kind: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shell(
                "mkdir -p t/deep/er; echo -n a > t/deep/a.bin; echo -n b > t/deep/er/b.idx; echo -n x > t/other", shelf)
            let file = try await pack(kind, shelf)
            let set = FileSet(["a.bin", "b.idx"], in: "\(shelf.top)/data")
            try await fill(set, file, shelf)
            #expect(try text(set) == ["a", "b"])
            #expect(try Folders.names(in: set.folder) == ["a.bin", "b.idx"])
        }
    }

    @Test(arguments: [
        ("rm t/b.idx", "missing the expected file \"b.idx\""),
        ("mkdir t/d; cp t/a.bin t/d", "holds \"a.bin\" more than once"),
        ("rm t/b.idx; mkdir t/b.idx", "missing the expected file \"b.idx\""),
    ])
    func `an archive without exactly one of each is refused, and nothing comes of it`(line: String, words: String)
        async throws
    {
        try await Shelf.with { shelf async throws in
            try await shell("mkdir t; echo a > t/a.bin; echo b > t/b.idx; \(line)", shelf)
            let file = try await pack("tar.gz", shelf)
            let set = FileSet(["a.bin", "b.idx"], in: "\(shelf.top)/data")
            let error = await #expect(throws: BundleError.self) { try await fill(set, file, shelf) }
            #expect(error?.explanation.problem.contains(words) == true, "\(String(describing: error))")
            #expect(try Folders.names(in: set.folder) == [])
        }
    }

    private func fill(_ set: FileSet, _ file: String, _ shelf: Shelf) async throws {
        let source = ArchiveSource(try shelf.url(file), .digest(.of(try Files.read("\(shelf.top)/published/\(file)"))))
        let fetcher = ArchiveFetcher(Downloader(), downloads: "\(shelf.top)/downloads")
        try await ArchiveInstall(fetcher, source).fill(set) { _ in }
    }

    private func pack(_ kind: String, _ shelf: Shelf) async throws -> String {
        let zip = "import shutil; shutil.make_archive('published/x', 'zip', 't')"
        let lines = [
            "tar.gz": "tar -C t -czf published/x.tar.gz .", "tgz": "tar -C t -czf published/x.tgz .",
            "tar.zst": "tar -C t -c . | zstd -q -o published/x.tar.zst", "zip": "python3 -c \"\(zip)\"",
        ]
        try await shell(try #require(lines[kind]), shelf)
        return "x.\(kind)"
    }

    private func shell(_ line: String, _ shelf: Shelf) async throws {
        let result = try await Subprocess.run(
            Command("/bin/bash", ["-euc", line], workingDirectory: shelf.top), timeout: .seconds(300))
        try #require(result.succeeded, "\(result.errors)")
    }

    private func with(_ body: (FileSet) throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/file-set-tests-")
        defer { try? Folders.removeTree(folder) }
        try body(FileSet(["a.bin", "b.idx"], in: folder))
    }

    private func text(_ set: FileSet) throws -> [String?] {
        try set.names.map { try Files.text("\(set.folder)/\($0)") }
    }

    private func write(_ set: FileSet, _ name: String, _ text: String, age: Int64) throws {
        let path = "\(set.folder)/\(name)"
        try Folders.make(Files.folder(of: path))
        try Files.replace(path, with: Array(text.utf8), mode: 0o600)
        var times = [
            timespec(tv_sec: time(nil) - Int(age), tv_nsec: 0), timespec(tv_sec: time(nil) - Int(age), tv_nsec: 0),
        ]
        utimensat(AT_FDCWD, path, &times, 0)
    }
}
