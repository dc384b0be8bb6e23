import Archives
import Digests
import FoundationEssentials
import Platform
import Testing

@testable import Bundles

@Suite struct BundlePackerTests {
    @Test func `what was packed is installed as it was, and verified as archive and as tree`() async throws {
        try await with { bench async throws in
            let packed = try bench.pack()
            #expect(packed.path == bench.output)
            #expect(packed.digest == .of(try Files.read(packed.path)))
            #expect(Int(packed.size) == (try Files.read(packed.path)).count)
            #expect(packed.manifest.files.map(\.path) == ["bin/tool", "empty", "long/\(Bench.long)", "share/data"])
            try await bench.unpack(into: "tree")
            for path in ["bin/tool", "empty", "long/\(Bench.long)", "share/data"] {
                #expect(try Files.read("\(bench.top)/tree/\(path)") == Files.read("\(bench.source)/\(path)"))
                #expect(
                    try FileStatus.of("\(bench.top)/tree/\(path)")?.mode
                        == FileStatus.of("\(bench.source)/\(path)")?.mode)
            }
            #expect(try Files.linkTarget("\(bench.top)/tree/bin/link") == "tool")
            for path in [packed.path, "\(bench.top)/tree"] { #expect(try bench.findings(path) == []) }
        }
    }

    @Test func `other programs read it, the manifest first, and check its digest`() async throws {
        try await with { bench async throws in
            try bench.pack()
            let list = try await bench.shell("zstd -qdc b.tar.zst | tar -tvf - --numeric-owner --full-time")
            let lines = list.split(separator: "\n")
            #expect(lines.first?.hasSuffix("manifest.json") == true)
            #expect(lines.allSatisfy { $0.split(separator: " ")[1] == "0/0" }, "\(list)")
            let names = lines.compactMap { $0.split(separator: " ", maxSplits: 5).last }
            #expect(names.dropFirst().first == "bin/")
            #expect(try await bench.shell("sha256sum -c b.tar.zst.sha256") == "b.tar.zst: OK\n")
            #expect(try await bench.shell("zstd -ql b.tar.zst | grep -c XXH64") == "1\n")
        }
    }

    @Test func `the same folder gives the same bytes, and with one date for all another's as well`() async throws {
        try await with { bench async throws in
            let first = try bench.pack().digest
            #expect(try bench.pack().digest == first)
            try await bench.shell("cp -rP source copy; find copy -exec touch -hd 2001-02-03 {} +")
            #expect(try bench.pack(bench.copy).digest != first)
            let dated = try bench.pack(date: 1_000_000_000).digest
            #expect(try bench.pack(bench.copy, date: 1_000_000_000).digest == dated)
            #expect(dated != first)
        }
    }

    @Test func `a bundle is not written into the folder that is packed`() async throws {
        try await with { bench async throws in
            for place in ["\(bench.source)/b.tar.zst", "\(bench.source)/bin/b.tar.zst"] {
                let packer = BundlePacker(bench.source, Bench.named, sourceDate: nil)
                let error = #expect(throws: BundleError.self) { try packer.run(to: place) }
                #expect(error?.explanation.summary.contains("in the folder that is packed") == true)
            }
            #expect(try Folders.names(in: bench.source).contains("b.tar.zst") == false)
        }
    }

    @Test func `stopped, packing and verifying leave nothing behind`() async throws {
        try await with { bench async throws in
            try bench.pack()
            let stop = StopFlag(), before = try Folders.names(in: bench.top)
            stop.set()
            let packer = BundlePacker(bench.source, Bench.named, sourceDate: nil)
            #expect(throws: BundleError.self) { try packer.run(to: "\(bench.top)/c.tar.zst", stop: stop) }
            for path in [bench.output, bench.source] {
                #expect(throws: BundleError.self) {
                    try BundleVerification.of(path, scratch: bench.top, limits: .init(), stop: stop)
                }
            }
            #expect(try Folders.names(in: bench.top) == before)
        }
    }

    @Test func `much data comes in frames of their own, none of which needs much memory`() async throws {
        try await with { bench async throws in
            try await bench.shell("head -c 40000000 /dev/urandom > source/noise")
            try bench.pack()
            #expect(try await bench.shell("zstd -ql b.tar.zst | tail -1 | awk '{print $1}'") == "3\n")
            #expect(
                try await bench.shell("zstd -qd --memory=4MiB b.tar.zst -o b.tar && tar -tf b.tar | wc -l") == "11\n")
        }
    }

    /// What a shell does to the folder, and the words that refuse it.
    @Test(arguments: [
        ("mkfifo source/f", "device, fifo or socket"), ("ln -s /etc/passwd source/l", "points to an absolute path"),
        ("ln -s ../../x source/bin/l", "points outside"), ("echo '{' > source/manifest.json", "is no manifest"),
        (
            #"echo '{"name": "tool", "version": "1", "entry_points": {"x": "nothing"}}' > source/manifest.json"#,
            "which is no file of the bundle"
        ),
        (#"echo '{"name": "tool"}' > source/manifest.json"#, "no name or no version"),
        (#"echo '{"name": "Tool Box", "version": "1"}' > source/manifest.json"#, "no plain name"),
        (#"echo '{"name": "tool", "version": "1", "arch": "mips"}' > source/manifest.json"#, "no architecture"),
    ])
    func `what could not be installed is not packed, and nothing is left`(line: String, words: String) async throws {
        try await with { bench async throws in
            try await bench.shell(line)
            let identity = line.contains("manifest.json") ? .init() : Bench.named
            let error = #expect(throws: BundleError.self) { try bench.pack(identity: identity) }
            #expect(error?.explanation.summary.contains(words) == true, "\(String(describing: error))")
            if case .notPacked? = error {} else { Issue.record("\(String(describing: error))") }
            #expect(try Folders.names(in: bench.top) == ["source"])
        }
    }

    /// What lies there says of itself that it is empty, and is not: as a file that grows after it was looked at.
    @Test func `a file that changes while it is packed is named, and nothing is left`() async throws {
        try await with { bench async throws in
            let error = #expect(throws: BundleError.self) { try bench.pack("/proc/sys/kernel/random") }
            let expected = BundleError.notPacked(
                path: "/proc/sys/kernel/random/boot_id", reason: "changed while it was packed",
                remedy: "pack again when nothing writes to it")
            #expect(error == expected)
            #expect(try Folders.names(in: bench.top) == ["source"])
        }
    }

    @Test func `a bundle that is there stays when a new one cannot be made`() async throws {
        try await with { bench async throws in
            let before = try bench.pack().digest
            try await bench.shell("mkfifo source/f")
            #expect(throws: BundleError.self) { try bench.pack() }
            #expect(try Digest.of(Files.read(bench.output)) == before)
            #expect(try Folders.names(in: bench.top) == ["b.tar.zst", "b.tar.zst.sha256", "source"])
        }
    }

    @Test func `entry points and requirements of a manifest that is there are kept`() async throws {
        try await with { bench async throws in
            let draft = #"""
                {"name": "tool", "version": "2.0", "entry_points": {"tool": "bin/tool"},
                "requirements": {"directories": ["a", {"path": "b", "mode": "0750"}], "priority": 3}}
                """#
            try Files.replace("\(bench.source)/manifest.json", with: Array(draft.utf8), mode: 0o644)
            let manifest = try bench.pack(identity: .init()).manifest
            #expect(manifest.version == "2.0" && manifest.entryPoints == ["tool": "bin/tool"])
            try await bench.unpack(into: "tree")
            let found = try await bench.shell("jq -cS .requirements tree/manifest.json")
            #expect(found == #"{"directories":[{"path":"a"},{"mode":"0750","path":"b"}],"priority":3}"# + "\n")
        }
    }

    @Test func `the older spelling of requirements is read, and written as the newer one`() async throws {
        try await with { bench async throws in
            let draft = #"""
                {"name": "tool", "version": "2.0", "bootstrap_requirements": {"directories": ["data/module_cache"],
                "files": ["share/data"], "database": "module_database"}}
                """#
            try Files.replace("\(bench.source)/manifest.json", with: Array(draft.utf8), mode: 0o644)
            _ = try bench.pack(identity: .init())
            try await bench.unpack(into: "tree")
            let found = try await bench.shell("jq -cS '[.requirements, .bootstrap_requirements]' tree/manifest.json")
            #expect(
                found == #"""
                    [{"databases":[{"name":"module_database"}],"directories":[{"path":"data/module_cache"}],\#
                    "files":[{"path":"share/data","template":"share/data"}]},null]

                    """#)
        }
    }

    @Test(arguments: [
        (
            #""directories": [{"path": "a", "needs": ["b"]}]"#,
            #"a requirement needs "b", as which no requirement is called"#
        ),
        (
            #""directories": [{"path": "a", "name": "x"}, {"path": "b", "name": "x"}]"#,
            #"two requirements are called "x""#
        ),
        (#""directories": [{"path": "a", "name": "x"}], "database": "x""#, #"two requirements are called "x""#),
        (
            #""directories": [{"path": "a", "name": "x", "needs": ["x"]}]"#,
            #"requirements need each other: "x" needs "x""#
        ),
        (
            #"""
            "directories": [{"path": "a", "name": "a", "needs": ["b"]}, {"path": "b", "name": "b", "needs": ["free", "c"]},
                {"path": "c", "name": "c", "needs": ["b"]}, {"path": "d", "name": "free"}]
            """#, #"requirements need each other: "b" needs "c" needs "b""#
        ),
        (#""directories": [{"path": "a", "name": "not plain"}]"#, #"the requirement "not plain" has no plain name"#),
        (#""directories": [{"path": "a", "on_failure": "ignore"}]"#, "on_failure"),
        (#""files": ["etc/none"]"#, #""etc/none", which is required, is no file of the bundle"#),
        (#""warm_up": [{"program": "share/data"}]"#, #""share/data", which is to run, is not executable"#),
        (#""warm_up": [{"program": "bin/none"}]"#, #""bin/none", which is required, is no file of the bundle"#),
        (#""warm_up": [{"program": "bin/tool"}, {"program": "bin/tool"}]"#, #""bin/tool" is to run twice"#),
        (#""reach": [{"address": "nowhere"}]"#, "is no host and port"),
        (#""reach": [{"address": "-oX:22"}]"#, "is no host and port"),
        (#""reach": [{"url": "http://example.org/"}]"#, "plain http is for loopback addresses only"),
        (#""reach": [{"url": "file:///etc/passwd"}]"#, "is no address of a server"),
        (#""reach": [{"url": "https://h/", "address": "h:1"}]"#, "one of reach has not one of address and url"),
        (#""generate": [{"kind": "random", "path": "../x"}]"#, "is no path that stays where it belongs"),
        (#""generate": [{"kind": "random", "path": "x", "bytes": 8}]"#, "is not from 16 to 1024"),
        (#""generate": [{"kind": "random", "path": "x", "days": 8}]"#, "days"),
        (
            #""generate": [{"kind": "certificate", "path": "k", "certificate": "c", "names": ["a,DNS:b"]}]"#,
            #""a,DNS:b" is no name or address of a host"#
        ),
        (#""generate": [{"kind": "key-pair", "path": "k", "public": "k"}]"#, #""k" is required twice"#),
        (
            #""archives": [{"path": "c", "url": "https://h/x", "sha256": "\#(String(repeating: "a", count: 64))", "files": ["../x"]}]"#,
            "are no names"
        ),
        (#""database": "../x""#, "has no plain name"), (#""databases": [{"name": "x", "sql": []}]"#, "has no SQL"),
    ])
    func `requirements that could not be met are told when they are packed`(declared: String, words: String)
        async throws
    {
        try await with { bench async throws in
            let draft = #"{"name": "tool", "version": "2.0", "requirements": {\#(declared)}}"#
            try Files.replace("\(bench.source)/manifest.json", with: Array(draft.utf8), mode: 0o644)
            let error = #expect(throws: BundleError.self) { try bench.pack(identity: .init()) }
            #expect(error?.explanation.problem.contains(words) == true, "\(String(describing: error))")
            #expect(error?.explanation.place == "\(bench.source)/manifest.json")
        }
    }

    // MARK: Verify

    @Test(arguments: [
        ("rm bin/tool", ["\"bin/tool\" is missing"]),
        ("chmod 700 bin/tool", ["\"bin/tool\" has mode 0700, the manifest says 0755"]),
        ("echo x > share/data", ["\"share/data\" has other content than the file that the manifest names"]),
        ("echo > more; rm empty", ["\"empty\" is missing", "\"more\" is not in the manifest"]),
        ("rm empty; mkdir empty", ["\"empty\" is a folder, not the file that the manifest names"]),
        ("rm empty; ln -s share/data empty", ["\"empty\" is a link, not the file that the manifest names"]),
        ("mkfifo p", ["\"p\" is a device, fifo or socket"]), ("mkdir d; ln -s tool bin/other", []),
    ])
    func `every way in which a tree is not as its manifest says is told`(damage: String, findings: [String])
        async throws
    {
        try await with { bench async throws in
            try bench.pack()
            try await bench.unpack(into: "tree")
            try await bench.shell("cd tree; \(damage)")
            #expect(try bench.findings("\(bench.top)/tree") == findings)
        }
    }

    @Test func `an archive whose content is not as its manifest says is told`() async throws {
        try await with { bench async throws in
            try bench.pack()
            try await bench.unpack(into: "tree")
            try await bench.shell("cd tree; echo > more; rm empty; chmod 600 bin/tool; tar -cf ../other.tar .")
            let findings = try bench.findings("\(bench.top)/other.tar")
            #expect(findings == ["\"empty\" is missing", "\"more\" is not in the manifest"])
            try await bench.shell("cd tree; rm manifest.json; tar -cf ../none.tar .")
            let error = #expect(throws: BundleError.self) { try bench.findings("\(bench.top)/none.tar") }
            #expect(error?.isIntegrity == true)
            #expect(try Folders.names(in: bench.top).filter { $0.hasPrefix(".verifying") } == [])
        }
    }

    // MARK: Bench

    private struct Bench {
        static let long = String(repeating: "n", count: 150) + "/" + String(repeating: "ü", count: 60)
        let top: String
        var source: String { "\(top)/source" }
        var copy: String { "\(top)/copy" }
        var output: String { "\(top)/b.tar.zst" }

        static var named: BundlePacker.Identity {
            var identity = BundlePacker.Identity()
            identity.name = "tool"
            identity.version = "1.0"
            return identity
        }

        @discardableResult
        func pack(
            _ folder: String? = nil, identity: BundlePacker.Identity = named, date: Int64? = nil
        ) throws -> BundlePacker.Packed {
            try BundlePacker(folder ?? source, identity, sourceDate: date).run(to: output)
        }

        func unpack(into name: String) async throws {
            try await shell("mkdir \(name); zstd -qdc b.tar.zst | tar -xf - -C \(name)")
        }

        func findings(_ path: String) throws -> [String] {
            try BundleVerification.of(path, scratch: top, limits: .init()).findings
        }

        @discardableResult
        func shell(_ line: String) async throws -> String {
            let result = try await Subprocess.run(
                Command("/bin/bash", ["-euo", "pipefail", "-c", line], workingDirectory: top), timeout: .seconds(300))
            try #require(result.succeeded, "\(result.output)\(result.errors)")
            return result.output
        }
    }

    private func with(_ body: (Bench) async throws -> Void) async throws {
        // Names are told in the locale's encoding, which the programs set first of all.
        ProcessStart.prepare()
        let bench = Bench(top: try Folders.makeTemporary(prefix: "/tmp/pack-tests-"))
        defer { try? Folders.removeTree(bench.top) }
        for (path, content, mode) in [
            ("bin/tool", "#!/bin/sh\n", 0o755), ("empty", "", 0o600), ("long/\(Bench.long)", "x", 0o644),
            ("share/data", "data", 0o640),
        ] as [(String, String, UInt32)] {
            try Folders.make(Files.folder(of: "\(bench.source)/\(path)"))
            try Files.replace("\(bench.source)/\(path)", with: Array(content.utf8), mode: mode)
        }
        try Files.replaceLink("\(bench.source)/bin/link", target: "tool")
        try await body(bench)
    }
}
