import Archives
import Bundles
import Digests
import HostConfig
import Platform
import Testing

@testable import FirstConfig

@Suite struct OutlineTests {
    /// What a project holds, and lines of the unit and the config that come of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let files: [String: String]
        var start: String?, node: String?
        let unit: [String]
        var packages: [String] = []
        var version = "0.1.0"
        var testDescription: String { "\(files.keys.sorted()) \(start ?? "")" }
    }

    private static let folder = "@BOOTSTRAP_ROOT@/bundles/web/current"
    private static let cases = [
        Case(
            files: ["package.json": #"{"name": "web", "version": "1.2.3", "main": "a b%.js"}"#, "a b%.js": ""],
            unit: [#"ExecStart=@NODE@ "a b%%.js""#, "Environment=NODE_ENV=production", "WorkingDirectory=\(folder)"],
            packages: ["nodejs"], version: "1.2.3"),
        Case(
            files: ["server.js": ""], start: "PORT=80 node server.js", node: "22.20.0",
            unit: ["ExecStart=@NODE@ server.js", "Environment=PORT=80"]),
        Case(
            files: [
                "pyproject.toml": "[project]\nname = \"web\"\nversion = \"2\"\n[project.scripts]\nw = \"web:main\"\n",
                "src/web.py": "",
            ],
            unit: [
                #"ExecStart=/usr/bin/python3 -c "import sys; from web import main; sys.exit(main())""#,
                "Environment=PYTHONPATH=\(folder)/src:\(folder)",
            ], packages: ["python3"], version: "2"),
        Case(files: ["run.sh": "#!/bin/sh\n"], start: "./run.sh 100% x", unit: ["ExecStart=\(folder)/run.sh 100%% x"]),
        Case(files: [:], start: "caddy run", unit: ["ExecStart=caddy run"]),
    ]

    @Test(arguments: cases)
    func `a project becomes a bundle with a unit, and a config that check takes`(one: Case) throws {
        try Beginner.with(one.files) { beginner in
            if one.files["run.sh"] != nil { try Files.setMode("\(beginner.web)/run.sh", 0o755) }
            let written = try beginner.begin { options in
                (options.start, options.node, options.health) = (one.start, one.node, "http://127.0.0.1:80/")
            }
            let archive = "web-\(one.version).tar.zst"
            #expect(
                written.files.map(\.path)
                    == ["web/web.service", "web/manifest.json", archive, "\(archive).sha256", "host.json"].map {
                        "\(beginner.top)/\($0)"
                    })
            let unit = try #require(try beginner.text("web/web.service")).byteLines.map(String.init)
            for line in one.unit + ["User=@BOOTSTRAP_USER@"] { #expect(unit.contains(line), "\(line): \(unit)") }
            let config = try beginner.config()
            #expect(config.bootstrapRoot == "/home/ops/cocalc-host" && config.bundleSlots.map(\.name) == ["web"])
            #expect(config.services.map(\.unit) == ["web.service"] && config.services.first?.health != nil)
            #expect(
                config.aptPackages.map(\.name) == one.packages
                    && config.node?.version == one.node.flatMap(NodeRuntime.version))
            try expectBundle(config, beginner.top, archive, version: one.version)
        }
    }

    /// As an agent would take it.
    private func expectBundle(_ config: HostConfiguration, _ top: String, _ archive: String, version: String) throws {
        let source = try #require(config.bundleSlots.first?.source(for: .x86_64))
        #expect(source.url.filePath == "\(top)/\(archive)")
        let packed = try Files.read("\(top)/\(archive)")
        #expect(source.size == packed.count)
        #expect(try Files.text("\(top)/\(archive).sha256") == "\(source.digest?.hex ?? "")  \(archive)\n")
        let verified = try BundleVerification.of("\(top)/\(archive)", scratch: top, limits: .init(), stop: StopFlag())
        #expect(verified.findings.isEmpty && verified.manifest.name == "web" && verified.manifest.version == version)
    }

    @Test func `a unit file that is there is taken as it is, and one that systemd refuses is told of with its line`()
        throws
    {
        let text = "[Service]\nExecStart=@NODE@ /x\n"
        try Beginner.with(["b.service": text, "t@.service": text, "a.timer": "[Timer]\nOnCalendar=daily\n"]) {
            beginner in
            try beginner.begin()
            #expect(try beginner.text("web/b.service") == text)
            #expect(try beginner.config().services.map(\.unit) == ["a.timer", "b.service"])
            #expect(try beginner.config().aptPackages.map(\.name) == ["nodejs"])
            #expect(
                try Outline(beginner.options { $0.into = "/tmp" }).remarks.first?.contains("b.service has no User=")
                    == true)
        }
        try Beginner.with(["b.service": "[Service]\nType=simple\n"]) { beginner in
            let before = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) { try beginner.begin() }
            #expect(error.explanation.place == "\(beginner.web)/b.service:1")
            #expect(try beginner.snapshot() == before)
        }
    }

    @Test func `the project's own file stays the one place of its version`() throws {
        try Beginner.with(["package.json": #"{"name": "web", "version": "1.0.0", "main": "a.js"}"#, "a.js": ""]) {
            beginner in
            try beginner.begin()
            #expect(try beginner.text("web/manifest.json")?.contains("version\": \"1.0.0") == false)
        }
        try Beginner.with(["a.js": ""]) { beginner in
            try beginner.begin { ($0.start, $0.version) = ("node a.js", "3") }
            #expect(try beginner.text("web/manifest.json")?.contains("\"version\": \"3\"") == true)
        }
    }

    @Test func `a program for one machine makes a bundle for that machine`() throws {
        try Beginner.with([:]) { beginner in
            try Files.copy("/bin/true", to: "\(beginner.web)/web", mode: 0o755)
            try beginner.begin { $0.start = "./web" }
            let machine = try #require(ElfMachine(rawValue: OperatingSystem.machine))
            #expect(try beginner.snapshot().keys.contains("web-0.1.0-\(machine.rawValue).tar.zst"))
        }
    }

    @Test func `with a hub the bundle comes from there, and the host reports to it`() throws {
        try Beginner.with(["a.js": ""]) { beginner in
            try beginner.begin { ($0.start, $0.hub) = ("node a.js", "https://hub.example.org:8443/") }
            let config = try beginner.config()
            #expect(
                config.bundleSlots.first?.source(for: .aarch64)?.url.text
                    == "https://hub.example.org:8443/artifacts/bundles/web-0.1.0.tar.zst")
            #expect(config.hub?.url.text == "https://hub.example.org:8443/api/v1/hosts/host-1/status")
        }
    }

    @Test func `without a project the config is of a host alone`() throws {
        try Beginner.with([:]) { beginner in
            var options = InitOptions(user: "ops", home: "/srv/ops")
            options.into = beginner.top
            let written = try Outline(options).write(sourceDate: nil, stop: StopFlag())
            #expect(written.files.count == 1 && written.archive == nil)
            #expect(try beginner.config().bootstrapRoot == "/srv/ops/cocalc-host")
        }
    }

    /// Each with what must be named in the error.
    @Test(arguments: [
        ("--name", "../x"), ("--name", "Web"), ("--bundle-version", "../../x"), ("--bundle-version", "current"),
        ("--host", "a b"),
        ("--host", "x\", \"y"), ("--hub-url", "http://hub.example.org"), ("--hub-url", "https://hub/x?y"),
        ("--hub-url", "hub"),
        ("--hub-url", "https://u:p@hub"), ("--health", "file:///x"), ("--node", "22.20"), ("--user", "root"),
        ("--user", "a/b"),
        ("--start", "./none"), ("--start", "./a.js"), ("--into", "."),
    ])
    func `a value that no config could have is refused by its option's name, before anything is written`(
        option: String, value: String
    ) throws {
        try Beginner.with(["a.js": ""]) { beginner in
            let before = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) {
                var options = InitOptions(user: option == "--user" ? value : "ops", home: nil)
                (options.folder, options.start) = (beginner.web, "node a.js")
                switch option {
                case "--name": options.name = value
                case "--bundle-version": options.version = value
                case "--host": options.host = value
                case "--hub-url": options.hub = value
                case "--health": options.health = value
                case "--node": options.node = value
                case "--start": options.start = value
                case "--into": options.into = "\(beginner.web)/\(value)"
                default: break
                }
                _ = try Outline(options).write(sourceDate: nil, stop: StopFlag())
            }
            guard case .unusable(option, _) = error else { throw error }
            #expect(try beginner.snapshot() == before)
        }
    }
}
