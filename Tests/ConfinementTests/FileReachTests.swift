import Confinement
import Glibc
import Platform
import Synchronization
import Testing

@Suite(.enabled(if: FileReach.isEnforced, "this kernel has no Landlock that is new enough"))
struct FileReachTests {
    /// A folder to change things in, one to leave alone, and a link from the first to the second.
    private struct Bench: Sendable {
        let top: String
        var inside: String { "\(top)/inside" }
        var outside: String { "\(top)/outside" }

        static func with(_ body: (Bench) async throws -> Void) async throws {
            let bench = Bench(top: try Folders.makeTemporary(prefix: "/tmp/reach-tests-"))
            defer { try? Folders.removeTree(bench.top) }
            try Folders.make(bench.inside)
            try Folders.make(bench.outside)
            try Files.replace("\(bench.inside)/own", with: Array("own".utf8), mode: 0o600)
            try Files.replace("\(bench.outside)/kept", with: Array("kept".utf8), mode: 0o600)
            try Files.replaceLink("\(bench.inside)/way", target: bench.outside)
            try await body(bench)
            #expect(try Folders.names(in: bench.outside) == ["kept"])
            #expect(try Files.text("\(bench.outside)/kept") == "kept")
        }
    }

    @Test(arguments: [
        ("write", EACCES), ("write through a link", EACCES), ("make a folder", EACCES), ("make a link", EACCES),
        ("remove", EACCES), ("move out", EXDEV), ("link out", EXDEV), ("cut", EACCES),
    ])
    func `a thread cannot, outside of its reach,`(what: String, code: Int32) async throws {
        try await Bench.with { bench in
            let (inside, outside) = (bench.inside, bench.outside)
            let found = try await onConfinedThread(FileReach(writing: [inside]), \.self) {
                () throws(SystemCallError) in
                Self.attempt(what, inside, outside) < 0 ? errno : 0
            }
            // Moving and linking out are told as either, by the kernel's version.
            #expect(found == code || code == EXDEV && found == EACCES, "\(found)")
        }
    }

    private static func attempt(_ what: String, _ inside: String, _ outside: String) -> Int32 {
        switch what {
        case "write": open("\(outside)/new", O_WRONLY | O_CREAT, 0o600)
        case "write through a link": open("\(inside)/way/kept", O_WRONLY)
        case "make a folder": mkdir("\(outside)/new", 0o700)
        case "make a link": symlink("/etc", "\(outside)/new")
        case "remove": unlink("\(outside)/kept")
        case "move out": rename("\(inside)/own", "\(outside)/new")
        case "link out": link("\(inside)/own", "\(outside)/new")
        default: truncate("\(outside)/kept", 0)
        }
    }

    @Test func `who waits for a confined thread is woken by another, for what that starts is as confined`()
        async throws
    {
        let executor = WakingThreads()
        try await withTaskExecutorPreference(executor) {
            let inside = try await onConfinedThread(FileReach(writing: []), \.self) {
                () throws(SystemCallError) in try WakingThreads.thisOneIsConfined
            }
            #expect(inside)
        }
        let confined = executor.confined.withLock { $0 }
        #expect(!confined.isEmpty && !confined.contains(true))
    }

    @Test func `within its reach a thread does all that unpacking does`() async throws {
        try await Bench.with { bench in
            let inside = bench.inside
            try await onConfinedThread(FileReach(writing: inside, reading: []), \.self) {
                () throws(SystemCallError) in
                try Folders.make("\(inside)/a/b")
                try Files.replace("\(inside)/a/b/file", with: [1], mode: 0o600)
                guard link("\(inside)/a/b/file", "\(inside)/linked") == 0 else {
                    throw SystemCallError("link", inside, code: errno)
                }
                try Files.rename("\(inside)/linked", to: "\(inside)/a/moved")
                try Files.remove("\(inside)/a/b/file")
            }
            #expect(try Folders.names(in: "\(inside)/a") == ["b", "moved"])
        }
    }

    @Test func `of what is not in its reach a thread reads nothing, if it said so`() async throws {
        try await Bench.with { bench in
            let (reach, path) = (FileReach(writing: bench.inside, reading: []), "\(bench.outside)/kept")
            let code = try await onConfinedThread(reach, \.self) { () throws(SystemCallError) -> Int32 in
                do throws(SystemCallError) { _ = try Files.read(path) } catch { return error.code }
                return 0
            }
            #expect(code == EACCES)
            let readable = FileReach(writing: bench.inside, reading: [path])
            let bytes = try await onConfinedThread(readable, \.self) { () throws(SystemCallError) in
                try Files.read(path)
            }
            #expect(bytes == Array("kept".utf8))
        }
    }

    @Test func `a folder that is not there yet can be made, and nothing beside it`() async throws {
        try await Bench.with { bench in
            let (wanted, other) = ("\(bench.inside)/x/y", "\(bench.outside)/z")
            let code = try await onConfinedThread(FileReach(writing: [wanted]), \.self) {
                () throws(SystemCallError) -> Int32 in
                try Folders.make(wanted)
                do throws(SystemCallError) { try Folders.make(other) } catch { return error.code }
                return 0
            }
            #expect(code == EACCES)
            #expect(try FileStatus.of(wanted)?.kind == .folder)
        }
    }

    @Test func `a folder behind a link is in nobody's reach`() async throws {
        try await Bench.with { bench in
            let path = "\(bench.inside)/way/new"
            let reach = FileReach(writing: ["\(bench.inside)/way"])
            let code = try await onConfinedThread(reach, \.self) { () throws(SystemCallError) in
                open(path, O_WRONLY | O_CREAT, 0o600) < 0 ? errno : 0
            }
            #expect(code == EACCES)
        }
    }

    @Test func `other threads keep their reach`() async throws {
        try await Bench.with { bench in
            try await onConfinedThread(FileReach(writing: []), \.self) { () throws(SystemCallError) in }
            let path = "\(bench.inside)/later"
            try await onOwnThread { () throws(SystemCallError) in try Files.replace(path, with: [1], mode: 0o600) }
        }
    }
}
