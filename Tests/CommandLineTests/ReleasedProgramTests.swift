import Platform
import Synchronization
import Testing

private let dist = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/dist"
private let released = ["host-bootstrap", "bootstrap-hub"].flatMap { program in
    ["x86_64", "aarch64"].map { "\(program)-\($0)" }
}.filter { Files.isAccessible("\(dist)/\($0)", 1) }

/// The programs as `make dist` left them; Tests/run makes them first.
@Suite(.enabled(if: !released.isEmpty, "needs the release: make dist"))
struct ReleasedProgramTests {
    @Test(arguments: released)
    func `a released program is one static file that lies elsewhere in memory each time`(name: String) throws {
        let file = try ELFFile("\(dist)/\(name)")
        #expect(file.type == 3, "ET_DYN: position-independent")
        #expect(file.first(ELFFile.interpreter) == nil)
        // DT_NEEDED, DT_RUNPATH, DT_RPATH, DT_TEXTREL.
        for tag: UInt64 in [1, 29, 15, 22] { #expect(file.dynamic[tag] == nil, "tag \(tag)") }
    }

    @Test(arguments: released)
    func `what of a released program is only to be read, or not to be run, the kernel keeps so`(name: String) throws {
        let file = try ELFFile("\(dist)/\(name)")
        let stack = try #require(file.first(ELFFile.stack))
        #expect(!stack.isExecutable)
        #expect(file.segments.allSatisfy { $0.kind != ELFFile.load || !($0.isWritable && $0.isExecutable) })
        // Full RELRO: all is bound at once (DF_BIND_NOW, DF_1_NOW), and read-only from then on.
        #expect(file.first(ELFFile.relro) != nil)
        #expect((file.dynamic[30] ?? 0) & 8 != 0 && (file.dynamic[0x6fff_fffb] ?? 0) & 1 != 0)
    }

    @Test(arguments: released)
    func `a released program tells nothing of where it was built`(name: String) async throws {
        for place in [Files.folder(of: dist), ".cache/host-bootstrap", "/root/"] {
            let found = try await Subprocess.run(
                Command("/bin/grep", ["-qF", "--", place, "\(dist)/\(name)"]), timeout: .seconds(60))
            #expect(found.exitCode == 1, "\(place)")
        }
    }

    @Test(arguments: released)
    func `each released program has a bill of the materials that were linked`(name: String) async throws {
        let bill = try Files.text("\(dist)/\(name).cdx.json") ?? ""
        let versions = try Files.text("\(dist)/VERSIONS-\(name.split(separator: "-").last ?? "")") ?? ""
        let check = """
            import json, sys
            bill = json.load(sys.stdin)
            assert bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.5"
            for one in bill["components"]: print(one["name"], one["version"], one["purl"])
            """
        let result = try await Subprocess.run(
            Command("/usr/bin/python3", ["-c", check], input: Array(bill.utf8)), timeout: .seconds(30))
        #expect(result.succeeded, "\(result.errors)")
        let names = result.output.split(separator: "\n").map { $0.split(separator: " ")[0] }
        for needed in ["glibc", "libcrypto", "swift", name.hasPrefix("bootstrap-hub") ? "libmicrohttpd" : "libcurl"] {
            #expect(names.contains(needed[...]), "\(needed): \(names)")
        }
        for name in names where name.hasPrefix("lib") { #expect(versions.contains("\(name) "), "\(name)") }
    }
}

@Suite(.enabled(if: Files.isAccessible("\(dist)/host-bootstrap-\(machine)", 1), "needs the release: make dist"))
struct RunningReleaseTests {
    @Test func `two runs of the release have their code at different addresses`() async throws {
        var bases: Set<String> = []
        for _ in 0..<3 {
            let program = try Coprocess(Command("\(dist)/host-bootstrap-\(machine)", ["check", "--config", "-"])) { _ in
            }
            // The kernel has put it in its place by the time it is named so.
            var maps = ""
            while !maps.contains("/host-bootstrap-") {
                maps = (try Files.text("/proc/\(program.process)/maps")) ?? ""
                await Task.yield()
            }
            let first = try #require(maps.split(separator: "\n").first { $0.contains("/host-bootstrap-") })
            bases.insert(String(first.prefix { $0 != "-" }))
            program.closeInput()
            _ = await program.wait(patience: .seconds(30))
        }
        #expect(bases.count > 1, "\(bases)")
    }
}

#if arch(x86_64)
    private let machine = "x86_64"
#else
    private let machine = "aarch64"
#endif
