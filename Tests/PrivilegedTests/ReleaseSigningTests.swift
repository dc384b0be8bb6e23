import Platform
import Support
import Testing

@testable import Privileged

/// What `release/sign` makes of a release's folder, read by minisign(1) as its users would.
@Suite(.enabled(if: Files.isAccessible("/usr/bin/minisign", 1), "needs minisign"), .timeLimit(.minutes(1)))
struct ReleaseSigningTests {
    @Test func `the sums of a release and its programs are signed, and no other bytes pass`() async throws {
        try await with { folder async throws in
            try await run("minisign -G -W -p ../key.pub -s ../key >&2", in: folder)
            // Unsigned at first: what that left is no part of the release.
            try await run("unset HOST_BOOTSTRAP_RELEASE_KEY; \(Self.sign) . x86_64 aarch64", in: folder)
            try await run("HOST_BOOTSTRAP_RELEASE_KEY=../key \(Self.sign) . x86_64 aarch64", in: folder)
            let sums = try #require(try Files.text("\(folder)/SHA256SUMS")).split(separator: "\n")
            #expect(
                sums.compactMap { $0.split(separator: " ").last } == [
                    "bootstrap.sh", "host-bootstrap-aarch64", "host-bootstrap-x86_64",
                ])
            try await run("sha256sum --check --quiet SHA256SUMS", in: folder)
            for file in ["SHA256SUMS", "host-bootstrap-x86_64", "host-bootstrap-aarch64"] {
                let look = "minisign -Vm \(file) -p ../key.pub"
                try await run(look, in: folder)
                try await run("echo >>\(file); ! \(look)", in: folder)
            }
            // A helper may be what was signed as this program for this machine: neither the other one nor the sums.
            #expect(try release("host-bootstrap-x86_64", in: folder)?.machine == "x86_64")
            #expect(try release("host-bootstrap-aarch64", in: folder)?.machine == "aarch64")
            #expect(try release("SHA256SUMS", in: folder) == nil)
        }
    }

    @Test func `without a key nothing is signed, and that is said`() async throws {
        try await with { folder async throws in
            let said = try await run("unset HOST_BOOTSTRAP_RELEASE_KEY; \(Self.sign) . x86_64", in: folder)
            #expect(said.contains("not signed"))
            #expect(
                try Folders.names(in: folder).sorted() == [
                    "SHA256SUMS", "bootstrap.sh", "host-bootstrap-aarch64", "host-bootstrap-x86_64",
                ])
        }
    }

    private static let sign = "\(Checkout.folder)/release/sign"

    private func with(_ body: (_ folder: String) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/release-signing-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/dist", mode: 0o755)
        for file in ["host-bootstrap-x86_64", "host-bootstrap-aarch64", "bootstrap.sh"] {
            try Files.replace("\(top)/dist/\(file)", with: Array(file.utf8), mode: 0o644)
        }
        try await body("\(top)/dist")
    }

    @discardableResult
    private func run(_ line: String, in folder: String) async throws -> String {
        let result = try await Subprocess.run(
            Command("/bin/sh", ["-euc", line], workingDirectory: folder), timeout: .seconds(30))
        try #require(result.succeeded, "\(line): \(result.errors)")
        return result.errors
    }

    private func release(_ file: String, in folder: String) throws -> ProgramRelease? {
        let lines = try #require(try Files.text("\(folder)/\(file).minisig")).split(separator: "\n")
        let comment = try #require(lines.first { $0.hasPrefix("trusted comment: ") })
        return ProgramRelease(String(comment.dropFirst("trusted comment: ".count)))
    }
}
