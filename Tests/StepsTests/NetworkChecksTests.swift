import HostConfig
import Platform
@testable import Steps
import Testing

@Suite struct NetworkChecksTests {
    @Test func `without a proxy each server's name is looked up`() throws {
        #expect(try names([:]) == ["authorities", "names"])
    }

    @Test func `behind a proxy only those are that are asked directly`() throws {
        let variables = ["https_proxy": "http://127.0.0.1:1", "no_proxy": ".example"]
        #expect(try names(variables) == ["authorities", "https-proxy", "names"])
        #expect(try names(["all_proxy": "http://127.0.0.1:1"]) == ["authorities", "http-proxy"])
    }

    @Test func `what names no proxy fails by the variable's name, without its password`() async throws {
        let checks = try checks(["https_proxy": "http://corp:s3cr@t:w%25rd@PROXY"])
        let check = try #require(checks.first { $0.id == "https-proxy" })
        guard case .failed(let evidence, let hint) = await check.look() else {
            Issue.record("passed")
            return
        }
        #expect(evidence.hasPrefix("https_proxy: names no proxy") && !evidence.contains("s3cr"))
        #expect(hint.contains("%40 for @"))
    }

    @Test func `one variable for both schemes that names no proxy fails once`() throws {
        #expect(try names(["all_proxy": "nonsense://"]) == ["authorities", "http-proxy", "names"])
    }

    @Test func `names that do not resolve fail together, with one hint`() async {
        let names = ["a", "b", "c", "d"].map { "\($0).invalid" }
        guard case .failed(let evidence, let hint) = await PreflightCheck.names(names).look() else {
            Issue.record("passed")
            return
        }
        #expect(evidence == "a.invalid, b.invalid, c.invalid and 1 more do not resolve")
        #expect(hint.contains("getent hosts a.invalid"))
        #expect(await PreflightCheck.names(["localhost"]).look() == .passed("localhost resolves"))
    }

    @Test func `a proxy that only data comes through is asked, too`() async throws {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "data": [{"name": "index",
            "path": "/srv/data", "url": "https://files.example/x.tar.gz", "files": ["a.bin"]}]}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let variables = ["https_proxy": "http://127.0.0.1:1"]
        let checks = NetworkChecks.all(configuration, ProxyEnvironment { variables[$0] })
        #expect(checks.map(\.id) == ["https-proxy"])
        guard case .failed(let evidence, _)? = await checks.first?.look() else {
            Issue.record("passed")
            return
        }
        #expect(evidence.hasPrefix("the proxy http://127.0.0.1:1, from https_proxy: "))
    }

    @Test func `a proxy that is away fails as the proxy`() async throws {
        let checks = try checks(["https_proxy": "http://127.0.0.1:1"])
        let check = try #require(checks.first { $0.id == "https-proxy" })
        guard case .failed(let evidence, _) = await check.look() else {
            Issue.record("passed")
            return
        }
        #expect(evidence.hasPrefix("the proxy http://127.0.0.1:1, from https_proxy: "))
    }

    @Test(arguments: [
        ("sudo: sorry, you must have a tty to run sudo", "Defaults:ops !requiretty"),
        ("sudo: a password is required", "ops ALL=(ALL) NOPASSWD:ALL"),
    ])
    func `each refusal of sudo has the line that lifts it`(words: String, line: String) {
        let result = CommandResult(exitCode: 1, output: "", errors: "\(words)\n")
        guard case .failed(let evidence, let hint) = PreflightCheck.sudoRefusal(result, "ops") else {
            Issue.record("passed")
            return
        }
        #expect(evidence.contains(words))
        #expect(hint.contains(line))
    }

    private func names(_ variables: [String: String]) throws -> [String] { try checks(variables).map(\.id) }

    private func checks(_ variables: [String: String]) throws -> [PreflightCheck] {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h", "node_version": "22.20.0",
            "bundle_urls": {"project": "https://files.example/p.tar.xz"}, "bundle_checksums": {"project": "\(digest)"}}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        return NetworkChecks.all(configuration, ProxyEnvironment { variables[$0] })
    }

    private let digest = String(repeating: "0", count: 64)
}
