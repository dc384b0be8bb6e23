import Digests
import Platform
import Testing

/// `hydrate` by the program itself, from archives in a folder and with an environment of its own.
@Suite struct HydrateTests {
    @Test func `a folder is filled from an archive, and found filled from then on`() async throws {
        try await Bench.with { bench async throws in
            let line = [bench.url, "--into", bench.data, "--files", "a.bin,b.idx"]
            let first = try await bench.hydrate(line)
            #expect(first.exitCode == 0, "\(first.errors)")
            #expect(first.output == "data: a.bin, b.idx came from \(bench.url)\n")
            #expect(try bench.texts() == ["a of the archive", "b of the archive"])
            try Folders.removeTree("\(bench.top)/published")
            let second = try await bench.hydrate(line)
            #expect(second.exitCode == 0 && second.output == "data: a.bin, b.idx are there\n")
            #expect(try Folders.names(in: bench.data).sorted() == [".host-bootstrap-lock", "a.bin", "b.idx"])
        }
    }

    @Test func `a backup beside the files comes before the archive`() async throws {
        try await Bench.with { bench async throws in
            try bench.write("data/a_backup_7.bin", "a of the backup")
            try bench.write("data/b_backup_7.idx", "b of the backup")
            let run = try await bench.hydrate([bench.url, "--into", bench.data, "--files", "a.bin,b.idx"])
            #expect(run.output == "data: a.bin, b.idx came from backup 7\n", "\(run.errors)")
            #expect(try bench.texts() == ["a of the backup", "b of the backup"])
        }
    }

    @Test func `a part of a set is left as it is, and nothing is put beside it`() async throws {
        try await Bench.with { bench async throws in
            try bench.write("data/a.bin", "mine")
            let run = try await bench.hydrate([bench.url, "--into", bench.data, "--files", "a.bin,b.idx"])
            #expect(run.exitCode == 1 && run.errors.contains("b.idx is missing, and the other files"), "\(run.errors)")
            #expect(try bench.texts() == ["mine", nil])
        }
    }

    @Test(arguments: [
        (["--sha256", String(repeating: "0", count: 64)], Int32(5), "checksum mismatch"),
        (["--size", "7"], 5, "bytes long, and should be 7"),
        (["--files", "a.bin,c.bin"], 5, "missing the expected file \"c.bin\""),
        (["--checksum-url", "file:///nowhere"], 1, "/nowhere"),
    ])
    func `what does not fit fills nothing`(options: [String], code: Int32, words: String) async throws {
        try await Bench.with { bench async throws in
            let files = options.first == "--files" ? [] : ["--files", "a.bin,b.idx"]
            let run = try await bench.hydrate([bench.url, "--into", bench.data] + files + options)
            #expect(run.exitCode == code && run.errors.contains(words), "\(run.errors)")
            #expect(try bench.texts() == [nil, nil])
            #expect(try Folders.names(in: bench.data).filter { $0.hasPrefix(".staging") } == [])
        }
    }

    @Test(arguments: [
        [], ["file:///x.tar"], ["file:///x.tar", "--into", "/d"], ["file:///x.tar", "--config", "c.json"],
        ["file:///x.tar", "--into", "/d", "--files", "../a"], ["file:///x.tar", "--into", "/d", "--files", "a,,b"],
        ["file:///x.tar", "--into", "/d", "--files", "a,a"],
        ["http://example.com/x.tar", "--into", "/d", "--files", "a"],
        ["--config", "-", "--background"], ["--config", "c.json", "--into", "/d"], ["--environment", "A-B"],
    ])
    func `a line that makes no sense ends with 2`(line: [String]) async throws {
        let run = try await Program.run(["hydrate"] + line)
        #expect(run.exitCode == 2 && run.errors.contains("hint: "), "\(run)")
    }

    @Test func `a config of its own is enough, and so is a host's`() async throws {
        try await Bench.with { bench async throws in
            let entry = """
                {"name": "index", "path": "\(bench.data)", "url": "\(bench.url)", "files": ["a.bin", "b.idx"]}
                """
            let host = #""bootstrap_user": "ops", "bootstrap_root": "/home/ops/x", "host_id": "h", "#
            for (config, words) in [
                (#""data": [\#(entry)]"#, "came from"), (host + #""data": [\#(entry)]"#, "are there"),
            ] {
                let run = try await bench.hydrate(["--config", "-"], input: "{\(config)}")
                #expect(run.exitCode == 0 && run.output.contains("index: a.bin, b.idx \(words)"), "\(run)")
            }
            let wrong = try await bench.hydrate(["--config", "-"], input: #"{"dta": []}"#)
            #expect(wrong.exitCode == 3)
            #expect(wrong.errors.contains(#"unknown field "dta"; did you mean "data"?"#), "\(wrong.errors)")
        }
    }

    @Test func `one set that does not come stops no other, and the exit code tells of it`() async throws {
        try await Bench.with { bench async throws in
            func entry(_ name: String, _ url: String, _ more: String = "") -> String {
                """
                {"name": "\(name)", "path": "\(bench.top)/\(name)", "url": "\(url)", "files": ["a.bin"]\(more)}
                """
            }
            let gone = "file://\(bench.top)/gone.tar"
            let optional = entry("optional", gone, #", "on_failure": "empty""#)
            let run = try await bench.hydrate(
                ["--config", "-"],
                input: #"{"data": [\#(entry("first", gone)), \#(optional), \#(entry("last", bench.url))]}"#)
            #expect(run.exitCode == 1)
            #expect(run.output.contains("last: a.bin came from") && run.output.contains("optional: empty"), "\(run)")
            let few = try await bench.hydrate(["--config", "-"], input: #"{"data": [\#(optional)]}"#)
            #expect(few.exitCode == 0 && few.errors.contains("warning: optional"), "\(few)")
        }
    }

    @Test(arguments: ["PYCONTEXTIFY", "MY_APP_"])
    func `the variables that a program has for its index say all of it`(prefix: String) async throws {
        try await Bench.with { bench async throws in
            let start = prefix.hasSuffix("_") ? prefix : "\(prefix)_"
            var variables = ["\(start)INDEX_DIR": bench.data, "\(start)INDEX_NAME": "mine"]
            let unset = try await bench.hydrate(["--environment", prefix], environment: variables)
            #expect(unset.exitCode == 0 && unset.errors.contains("\(start)INDEX_BOOTSTRAP_ARCHIVE_URL is not set"))
            variables["\(start)INDEX_BOOTSTRAP_ARCHIVE_URL"] = bench.url
            variables["\(start)INDEX_BOOTSTRAP_SHA256"] = String(repeating: "1", count: 64)
            let wrong = try await bench.hydrate(["--environment", prefix], environment: variables)
            #expect(wrong.exitCode == 5, "\(wrong.errors)")
            variables["\(start)INDEX_BOOTSTRAP_SHA256"] = try bench.digest().uppercased()
            let filled = try await bench.hydrate(["--environment", prefix], environment: variables)
            #expect(filled.exitCode == 0, "\(filled.errors)")
            #expect(try Files.text("\(bench.data)/mine.faiss") == "vectors")
            #expect(try Files.text("\(bench.data)/mine.pkl") == "metadata")
        }
    }

    @Test func `in the background it returns at once, and a file says how it ended`() async throws {
        try await Bench.with { bench async throws in
            let run = try await bench.hydrate([
                bench.url, "--into", bench.data, "--files", "a.bin,b.idx", "--background",
            ])
            let status = "\(bench.data)/.host-bootstrap-status.json"
            #expect(run.exitCode == 0 && run.output == "data: \(status)\n", "\(run)")
            let ended = try await bench.ended(status)
            #expect(ended.contains(#""state" : "done""#) && ended.contains(bench.url), "\(ended)")
            #expect(try bench.texts() == ["a of the archive", "b of the archive"])
        }
    }

    @Test func `a failure in the background is told with its remedy`() async throws {
        try await Bench.with { bench async throws in
            try bench.write("data/a.bin", "mine")
            _ = try await bench.hydrate([bench.url, "--into", bench.data, "--files", "a.bin,b.idx", "--background"])
            let ended = try await bench.ended("\(bench.data)/.host-bootstrap-status.json")
            #expect(ended.contains(#""state" : "failed""#) && ended.contains("b.idx is missing"), "\(ended)")
            #expect(ended.contains(#""hint" : "files that are there are never replaced"#))
        }
    }

    @Test func `two at once fill a folder once`() async throws {
        try await Bench.with { bench async throws in
            let line = [bench.url, "--into", bench.data, "--files", "a.bin,b.idx"]
            async let first = bench.hydrate(line)
            async let second = bench.hydrate(line)
            let runs = try await [first, second]
            #expect(runs.allSatisfy { $0.exitCode == 0 }, "\(runs)")
            #expect(runs.count { $0.output.contains("came from") } == 1, "\(runs)")
        }
    }

    /// An archive, its digest beside it, and a folder to fill.
    private struct Bench {
        let top: String
        var data: String { "\(top)/data" }
        var url: String { "file://\(top)/published/set.tar.gz" }

        static func with(_ body: (Bench) async throws -> Void) async throws {
            let bench = Bench(top: try Folders.makeTemporary(prefix: "/tmp/hydrate-tests-"))
            defer { try? Folders.removeTree(bench.top) }
            try bench.write("in/deep/a.bin", "a of the archive")
            try bench.write("in/b.idx", "b of the archive")
            try bench.write("in/mine.faiss", "vectors")
            try bench.write("in/mine.pkl", "metadata")
            try Folders.make("\(bench.top)/published")
            let packed = try await Subprocess.run(
                Command("/bin/tar", ["-C", "\(bench.top)/in", "-czf", "\(bench.top)/published/set.tar.gz", "."]))
            try #require(packed.succeeded, "\(packed.errors)")
            try bench.write("published/set.tar.gz.sha256", try bench.digest())
            try await body(bench)
        }

        func hydrate(
            _ line: [String], input: String = "", environment: [String: String] = [:]
        ) async throws -> CommandResult {
            try await Program.run(["hydrate"] + line, input: input, environment: environment)
        }

        func digest() throws -> String { Digest.of(try Files.read("\(top)/published/set.tar.gz")).hex }

        func write(_ name: String, _ text: String) throws {
            try Folders.make(Files.folder(of: "\(top)/\(name)"))
            try Files.replace("\(top)/\(name)", with: Array(text.utf8), mode: 0o644)
        }

        func texts() throws -> [String?] { try ["a.bin", "b.idx"].map { try Files.text("\(data)/\($0)") } }

        func ended(_ path: String) async throws -> String {
            while true {
                let text = try Files.text(path) ?? ""
                if !text.contains("starting"), !text.contains("running"), !text.isEmpty { return text }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
