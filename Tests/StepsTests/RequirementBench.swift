import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Testing

@testable import Steps

/// A bundle with requirements, installed from an archive in a folder, on a host of which only that folder is touched.
struct RequirementBench {
    let top: String
    let configuration: HostConfiguration
    var data: String { "\(top)/root/data/tools" }
    var bundle: String { "\(top)/root/bundles/tools/1.0" }

    func step() async throws -> Requirements {
        Requirements(try await Host.look(configuration), user: Account.currentUser)
    }

    /// The step as a run plays it, behind what it needs.
    func run(_ step: Requirements) async throws -> RunReport {
        let identity = RunIdentity(hostID: "h")
        let before = step.needs.sorted { $0.name < $1.name }.map(Done.init)
        let receipt = ReceiptStore(
            path: "\(top)/state.json",
            run: Receipt(run: identity, configDigest: "", agentVersion: "", parallel: false), previous: nil)
        return await Runner(
            try Graph(before + [step]), .init(parallel: false, limit: { _ in .seconds(300) }),
            log: EventLog(run: identity, sinks: []), receipt: receipt
        ).run()
    }

    func mode(_ path: String) throws -> UInt32? { try FileStatus.of("\(data)/\(path)")?.mode }

    /// Every path with its mode, size and time of change.
    func snapshot() async throws -> String {
        try await shell("find \(data) -printf '%p %m %s %T@ %C@\\n' | sort")
    }

    @discardableResult
    func shell(_ line: String) async throws -> String {
        let result = try await Subprocess.run(Command("/bin/bash", ["-euc", line], workingDirectory: top))
        try #require(result.succeeded, "\(result.errors)")
        return result.output
    }

    /// A step that has nothing to do.
    private struct Done: Step {
        let id: StepID
        let phase = Phase.install
        let needs: Set<StepID> = []
        func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] { [] }
        func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {}
    }

    /// Writes down how it was run, and does what its first argument says.
    private static let warm = """
        #!/bin/sh
        echo "$* data=$DATA bundle=$BUNDLE token=$TOKEN in=$(pwd) $(grep NoNewPrivs /proc/self/status)" >>ran
        case $1 in
        fail) echo out; echo "wrong $TOKEN" >&2; exit 3 ;;
        hang) sleep 1000 & echo $! >child; sleep 1000 ;;
        esac

        """
    static func with(
        _ declared: String, settings: String = "", _ body: (RequirementBench) async throws -> Void
    ) async throws {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        for path in ["root/bootstrap/downloads", "published", "tree/t", "tree/sql"] {
            try Folders.make("\(top)/\(path)")
        }
        // The time that each may take is not what is looked at, unless a test says so.
        let patience =
            settings.contains("timeout_seconds") ? "" : "\"timeout_seconds\": 300\(settings.isEmpty ? "" : ", ")"
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        for (path, text) in [
            ("published/model.bin", "model"), ("published/other", "other"),
            ("tree/t/tool.conf", "data=@DATA@ host=@HOST_ID@ mail=a@b.c who=@BUNDLE@ token=@TOKEN@\n"),
            ("tree/t/unknown", "@NOBODY_KNOWS@"), ("tree/sql/1.sql", "CREATE TABLE a (x)"),
            ("tree/sql/2.sql", "CREATE TABLE b (x)"), ("tree/sql/endless.sql", endless), ("tree/bin/warm", Self.warm),
        ] {
            try Folders.make(Files.folder(of: "\(top)/\(path)"))
            try Files.replace(
                "\(top)/\(path)", with: Array(text.utf8), mode: path.hasPrefix("tree/bin/") ? 0o755 : 0o644)
        }
        var manifest = declared.replacing("TOP", with: top).replacing("DIGEST", with: Digest.of("model".utf8).hex)
        if declared.contains("ARCHIVED") {
            let line =
                "mkdir -p in/deep; echo a >in/a.bin; echo b >in/deep/b.idx; tar -C in -czf published/cache.tar.gz ."
            let packed = try await Subprocess.run(Command("/bin/bash", ["-euc", line], workingDirectory: top))
            try #require(packed.succeeded, "\(packed.errors)")
            let digest = Digest.of(try Files.read("\(top)/published/cache.tar.gz"))
            manifest = manifest.replacing("ARCHIVED", with: digest.hex)
        }
        try Files.replace(
            "\(top)/tree/manifest.json", with: Array(#"{"requirements": {\#(manifest)}}"#.utf8), mode: 0o644)
        var identity = BundlePacker.Identity()
        (identity.name, identity.version) = ("tools", "1.0")
        let packed = try BundlePacker("\(top)/tree", identity, sourceDate: nil).run(to: "\(top)/published/t.tar.zst")
        let architecture = Architecture.current.rawValue
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(top)/root", "host_id": "h",
            "bundle_urls": {"tools": {"\(architecture)": "file://\(packed.path)"}},
            "bundle_checksums": {"tools": {"\(architecture)": "\(packed.digest.hex)"}},
            "environment": {"TOKEN": "s3cret"}, "requirements": {\(patience)\(settings)},
            "services": [{"unit": "x.service", "content": "[Service]\\nExecStart=/bin/true\\n"}]}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let host = try await Host.look(configuration)
        let bundle = try #require(host.bundles.first)
        let record = try await host.store.install(try await host.wanted(bundle), host.fetcher) { _ in }
        try host.store.use("tools", record.version)
        try await body(RequirementBench(top: top, configuration: configuration))
    }
}
