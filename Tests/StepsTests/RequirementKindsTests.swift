import Digests
import Engine
import HostConfig
import Platform
import Testing

@testable import Steps

/// The kinds of requirements that are more than a file: secrets, servers, programs, archives.
@Suite struct RequirementKindsTests {
    // MARK: generate

    private static let secrets = """
        "generate": [{"kind": "random", "path": "keys/session"}, {"kind": "random", "path": "keys/b", "bytes": 16, "encoding": "base64"},
        {"kind": "key-pair", "path": "keys/id.pem", "public": "keys/id.pub"},
        {"kind": "certificate", "path": "tls/key.pem", "certificate": "tls/cert.pem", "names": ["tool.example"], "algorithm": "ed25519"}]
        """
    private static let places = ["keys/session", "keys/b", "keys/id.pem", "tls/key.pem"]

    @Test func `secrets are made once, for their owner alone, and nobody is told what they are`() async throws {
        try await RequirementBench.with(Self.secrets) { bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            let planned = try await step.preview(context)
            #expect(planned.map(\.what) == Self.places.map { "\(bench.data)/\($0)" })
            #expect(planned.first?.detail == "make 32 random bytes in hex")
            try await step.apply(planned, context)
            #expect(try await step.inspect(context) == [])
            for place in Self.places { #expect(try bench.mode(place) == 0o600) }
            #expect(try bench.mode("keys/id.pub") == 0o644 && bench.mode("tls/cert.pem") == 0o644)
            let session = try #require(try Files.text("\(bench.data)/keys/session"))
            #expect(session.utf8.count == 65)
            #expect(
                try await bench.shell(
                    "openssl pkey -in \(bench.data)/keys/id.pem -pubout | cmp - \(bench.data)/keys/id.pub") == "")
            let snapshot = try await bench.snapshot()
            try await step.apply([], context)
            #expect(try await bench.snapshot() == snapshot)
            let owned = try await step.ownedThings(context).filter { $0.kind == .data }.map(\.name)
            #expect(owned.contains("\(bench.data)/keys/id.pub") && owned.contains("\(bench.data)/tls/key.pem"))
            let key = try #require(try Files.text("\(bench.data)/keys/id.pem")).split(separator: "\n")[1]
            let words = "\(told.all)\(owned)\(planned)"
            #expect(!words.contains(session.prefix(64)) && !words.contains(key))
        }
    }

    @Test(arguments: [
        ("echo x > keys/session", "keys/session", "is not 32 bytes in hex"),
        ("echo x > keys/id.pem", "keys/id.pem", "is no private key in PEM"),
        ("rm keys/id.pem", "keys/id.pem", "which was made of it, is there"),
        (
            "openssl genpkey -algorithm ed25519 -out x; openssl pkey -in x -pubout > keys/id.pub", "keys/id.pub",
            "is not the public key of"
        ),
        ("echo x > tls/cert.pem", "tls/cert.pem", "is no certificate in PEM"),
        ("openssl genpkey -algorithm ed25519 > tls/key.pem", "tls/cert.pem", "is no certificate of"),
        ("ln -sf session keys/b", "keys/b", "is no file but a link"),
        ("rm keys/id.pub; mkfifo keys/id.pub", "keys/id.pub", "is no file but a"),
    ])
    func `what is there and is no such secret is never replaced`(damage: String, place: String, words: String)
        async throws
    {
        try await RequirementBench.with(Self.secrets) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            try await bench.shell("cd \(bench.data); \(damage)")
            let snapshot = try await bench.snapshot()
            #expect(try await step.inspect(context).count == 1)
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(error?.explanation.place == "\(bench.data)/\(place)")
            #expect(error?.explanation.problem.contains(words) == true, "\(String(describing: error))")
            #expect(error?.explanation.hint.contains("move") == true)
            #expect(try await bench.snapshot() == snapshot)
        }
    }

    @Test(arguments: [
        ("rm keys/id.pub", "keys/id.pem"), ("rm tls/cert.pem", "tls/key.pem"),
        ("chmod 644 keys/session", "keys/session"),
        (
            "openssl req -new -key tls/key.pem -subj /CN=tool.example -addext subjectAltName=DNS:tool.example > r; openssl x509 -req -in r -copy_extensions copy -key tls/key.pem -days -1 > tls/cert.pem; rm r",
            "tls/key.pem"
        ),
        (
            "openssl req -x509 -key tls/key.pem -days 9 -subj /CN=x -addext subjectAltName=DNS:other.example > c; mv c tls/cert.pem",
            "tls/key.pem"
        ),
    ])
    func `what a key gives is made of it again, and the key stays`(damage: String, place: String) async throws {
        try await RequirementBench.with(Self.secrets) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            let keys = "cd \(bench.data); sha256sum \(Self.places.joined(separator: " ")) keys/id.pub"
            let before = try await bench.shell(keys)
            try await bench.shell("cd \(bench.data); \(damage)")
            #expect(try await step.inspect(context).map(\.what) == ["\(bench.data)/\(place)"])
            try await step.apply([], context)
            #expect(try await step.inspect(context) == [])
            #expect(try await bench.shell(keys) == before)
        }
    }

    @Test func `a certificate that an authority signed stays when its time is over`() async throws {
        try await RequirementBench.with(Self.secrets) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            try await step.apply([], context)
            try await bench.shell(
                """
                cd \(bench.data)/tls; openssl req -x509 -newkey ed25519 -nodes -keyout ca.key -out ca.pem -subj /CN=ca 2>/dev/null
                openssl req -new -key key.pem -subj /CN=tool.example > r
                openssl x509 -req -in r -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 -out cert.pem 2>/dev/null; rm ca.* r
                """)
            let snapshot = try await bench.snapshot()
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], context) }
            #expect(error?.explanation.problem == "its time is over", "\(String(describing: error))")
            #expect(try await bench.snapshot() == snapshot)
        }
    }

    // MARK: reach

    @Test func `a port that begins to listen in time is reached, and is none of what is verified`() async throws {
        let port = UInt16.random(in: 20_000..<30_000)
        try await RequirementBench.with(#""reach": [{"address": "127.0.0.1:\#(port)", "within_seconds": 60}]"#) {
            bench async throws in
            let step = try await bench.step(), told = Told()
            let context = StepContext(step: step.id, log: EventLog(run: RunIdentity(hostID: "h"), sinks: [told]))
            let planned = try await step.preview(context)
            #expect(
                planned == [
                    Difference(
                        "127.0.0.1:\(port)", found: "Connection refused", wanted: "an answer within 60 s",
                        detail: "connect to it for at most 60 s")
                ])
            #expect(try await step.verify(context) == [])
            #expect(try await step.ownedThings(context) == [])
            let server = Task {
                while !told.messages.contains(where: { $0.hasSuffix("does not answer yet: Connection refused") }) {
                    try await Task.sleep(for: .milliseconds(50))
                }
                let line = "import socket, time; s = socket.create_server(('127.0.0.1', \(port))); time.sleep(300)"
                _ = try await Subprocess.run(Command("/usr/bin/python3", ["-c", line]))
            }
            defer { server.cancel() }
            try await step.apply(planned, context)
            #expect(try await step.inspect(context) == [])
        }
    }

    @Test(arguments: [
        (#""address": "127.0.0.1:1""#, "127.0.0.1:1", "Connection refused"),
        (#""url": "http://127.0.0.1:1/x?token=s3cret""#, "http://127.0.0.1:1/x", ""),
    ])
    func `one that does not answer fails when its time is over, with the last cause`(
        server: String, place: String, cause: String
    ) async throws {
        try await RequirementBench.with(#""reach": [{\#(server), "within_seconds": 1}]"#) { bench async throws in
            let step = try await bench.step()
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], StepContext(step: step.id)) }
            #expect(error?.kind == .timedOut && error?.explanation.place == place)
            #expect(
                error?.explanation.problem.hasPrefix("did not answer within 1 s: \(cause)") == true,
                "\(String(describing: error))")
            #expect(error.map { !"\($0)".contains("s3cret") } == true)
        }
    }

    // MARK: warm_up

    @Test func `a program of the bundle runs once a version, with the services' environment and no way to root`()
        async throws
    {
        try await RequirementBench.with(#""warm_up": [{"program": "bin/warm", "arguments": ["one two", "$x"]}]"#) {
            bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            let planned = try await step.preview(context)
            #expect(planned.map(\.what) == ["\(bench.bundle)/bin/warm"])
            #expect(planned.first?.detail == "run '\(bench.bundle)/bin/warm' 'one two' '$x' for at most 300 s")
            try await step.apply(planned, context)
            #expect(try await step.inspect(context) == [])
            try await step.apply([], context)
            let ran =
                "one two $x data=\(bench.data) bundle=\(bench.bundle) token=s3cret in=\(bench.data) NoNewPrivs:\t1\n"
            #expect(try Files.text("\(bench.data)/ran") == ran)
            // Another stamp is another version's, or other arguments'.
            try await bench.shell("for f in \(bench.data)/.host-bootstrap/*; do echo '0.9 x' > $f; done")
            #expect(try await step.inspect(context).map(\.found) == ["has run, but not so"])
            try await step.apply([], context)
            #expect(try Files.text("\(bench.data)/ran") == ran + ran)
        }
    }

    @Test func `one that fails leaves no stamp, and its last words are the event's, without secrets`() async throws {
        try await RequirementBench.with(
            #""warm_up": [{"program": "bin/warm", "arguments": ["fail"]}]"#
        ) { bench async throws in
            let report = try await bench.run(try await bench.step())
            let last = try #require(report.steps.last)
            #expect(report.failures.first?.failure.explanation.problem == "ended with exit code 3")
            #expect(last.command?.exitCode == 3 && last.command?.output == "out\n")
            #expect(try FileStatus.of("\(bench.data)/.host-bootstrap") == nil)
            #expect(try await bench.step().inspect(StepContext(step: "requirements")).map(\.found) == ["has not run"])
        }
    }

    @Test func `one that takes too long is stopped with all that it started`() async throws {
        try await RequirementBench.with(
            #""warm_up": [{"program": "bin/warm", "arguments": ["hang"], "timeout_seconds": 2}]"#
        ) { bench async throws in
            let step = try await bench.step()
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], StepContext(step: step.id)) }
            #expect(error?.kind == .timedOut && error?.explanation.problem.hasPrefix("did not end within 2 s") == true)
            let child = try #require(try Files.firstLine("\(bench.data)/child").flatMap { Int32($0) })
            // On a busy machine it has its signal and no time yet to end by it; or nobody has asked yet how it ended.
            let isOver = { () throws in try Files.text("/proc/\(child)/stat")?.contains(") Z ") ?? true }
            for _ in 0..<100 where try !isOver() { try await Task.sleep(for: .milliseconds(100)) }
            #expect(try isOver())
        }
    }

    // MARK: archives

    private static let archive = #""path": "cache", "url": "file://TOP/published/cache.tar.gz", "sha256": "ARCHIVED""#

    @Test(arguments: [("", "./a.bin\n./deep/b.idx\n"), (#", "files": ["b.idx"]"#, "./.host-bootstrap-lock\n./b.idx\n")])
    func `a folder is filled from an archive once, whole, and is its owner's from then on`(
        files: String, content: String
    ) async throws {
        try await RequirementBench.with(#""archives": [{\#(Self.archive)\#(files)}]"#) { bench async throws in
            let step = try await bench.step(), context = StepContext(step: step.id)
            let planned = try await step.preview(context)
            #expect(planned.map(\.what) == ["\(bench.data)/cache"] && planned.first?.downloadBytes != nil)
            try await step.apply(planned, context)
            #expect(try await step.inspect(context) == [])
            #expect(try await bench.shell("cd \(bench.data)/cache; find . -type f | sort") == content)
            #expect(try await bench.shell("ls -A \(bench.data)") == "cache\n")
            try await bench.shell(
                "cd \(bench.data)/cache; find . -name b.idx -exec sh -c 'echo mine > {}' ';'; rm ../../../../published/cache.tar.gz"
            )
            try await step.apply([], context)
            #expect(try await step.inspect(context) == [])
            #expect(try await bench.shell("cat $(find \(bench.data)/cache -name b.idx)") == "mine\n")
            let owned = try await step.ownedThings(context)
            #expect(owned.contains { $0.kind == .data && $0.name == "\(bench.data)/cache" })
        }
    }

    @Test func `an archive with another digest leaves nothing`() async throws {
        let declared = #""archives": [{\#(Self.archive)}]"#.replacing(
            "ARCHIVED", with: String(repeating: "0", count: 64))
        try await RequirementBench.with(declared) { bench async throws in
            try await bench.shell("cd published; echo x > x; tar -czf cache.tar.gz x")
            let step = try await bench.step()
            let error = await #expect(throws: StepFailure.self) { try await step.apply([], StepContext(step: step.id)) }
            #expect(error?.kind == .integrity)
            #expect(try await bench.shell("ls -A \(bench.data)") == "")
        }
    }
}
